/** Types of what Vite adds. */
declare module "*.css";
declare module "@fontsource-variable/source-sans-3/index.css";
declare module "@fontsource-variable/source-serif-4/index.css";
