import "./zod-setup.ts";
import "./ui/styles.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { invariant } from "#kernel";
import { makeQueryClient } from "./api/query-client.ts";
import { makeRouter } from "./router.tsx";
import { colorSchemeManager, theme } from "./ui/theme.ts";

const root = document.getElementById("root");
invariant(root !== null, "index.html has a place for the page");
const queries = makeQueryClient();
const router = makeRouter();

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} colorSchemeManager={colorSchemeManager} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
