import { toast } from "sonner";

/** Copies to the clipboard, and says whether that worked. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.success("Copied", { id: "copied" });
  } catch {
    toast.error("The browser does not allow copying here", { id: "copied" });
  }
}
