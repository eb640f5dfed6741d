// The client's types, by openapi-typescript.
import openapiTS, { astToString } from "openapi-typescript";

const HEAD = `// Generated from the server's OpenAPI document by "npm run generate". Not edited.

`;

/** The types of every call and resource, and the codes that problems have. */
export async function types(document) {
  const ast = await openapiTS(document, {
    rootTypes: true, // `Hold` besides `components["schemas"]["Hold"]`
    rootTypesNoSchemaPrefix: true,
    defaultNonNullable: false, // a field that has a default may be left out
  });
  const codes = problemCodes(document).map((code) => `  | "${code}"`);
  return `${HEAD}${astToString(ast)}
/** The kinds of problems that some call may answer with. */
export type ProblemCode =
${codes.join("\n")};
`;
}

/** The codes of all problems in the document: each has an example of its name. */
function problemCodes(document) {
  const codes = new Set();
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path)) {
      for (const response of Object.values(operation.responses)) {
        const examples = response.content?.["application/problem+json"]?.examples ?? {};
        for (const code of Object.keys(examples)) codes.add(code);
      }
    }
  }
  return [...codes].sort();
}
