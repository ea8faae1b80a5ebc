/** Files of the server, saved where the browser saves files. */
import { useMutation } from "@tanstack/react-query";
import { fetchFile } from "@/lib/client";
import { saveFile } from "@/lib/platform";

export function useDownload() {
  return useMutation({
    mutationFn: async (path: string) => {
      const file = await fetchFile(path);
      saveFile(file.name, file);
    },
  });
}
