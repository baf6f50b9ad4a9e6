/** What is known in the files of a folder, with why, and what is not. */
export function addresses(folder: string, files: string[]): { told: string[]; unknown: string[] };
