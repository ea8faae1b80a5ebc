/** Starts the page. */
// The tokens first: they say in which order the layers of all styles count.
import "../styles/tokens.css";
import "../styles/base.css";
import "../ui/ui.css";
import "../ui/overlays.css";
import "../ui/code.css";
import "../ui/gateway.css";
import "./shell/shell.css";
import "@fontsource-variable/source-sans-3/index.css";
import "@fontsource-variable/source-serif-4/index.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Direction } from "radix-ui";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { text } from "@/lib/i18n";
import { direction, speak } from "@/lib/i18n/language";
import { Toasts } from "@/ui/toast";
import { TooltipProvider } from "@/ui/tooltip";
import { queryClient } from "./query-client";
import { router } from "./router";

const root = document.getElementById("root");

async function start(place: HTMLElement): Promise<void> {
  await speak(text);
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Direction.Provider dir={direction()}>
          <TooltipProvider delayDuration={450} skipDelayDuration={200}>
            <RouterProvider router={router} />
            <Toasts label={text.common.notifications} closeLabel={text.common.close} />
          </TooltipProvider>
        </Direction.Provider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

if (root) void start(root);
