import { queryOptions } from "@tanstack/react-query";
import { getUploads } from "../../api/tus";
import { list } from "./depot";

/** The uploads that the server holds in part and whose bytes this browser has not: the same file is needed again. */
export const lostQuery = (session: string) =>
  queryOptions({
    queryKey: ["lost", session],
    queryFn: async () => {
      const [known, held] = await Promise.all([getUploads(session), list()]);
      return known.filter((upload) => !held.some(({ remote }) => remote === upload.id));
    },
  });
