// The API reference, docs/REFERENCE.md: every call and resource of the OpenAPI document as a page.

const HEAD = `# API reference

<!-- Generated from the server's OpenAPI document by "npm run generate". Not edited. -->

Every call, as the server's own OpenAPI document has it. A running server shows the same at \`/docs\`,
where each call can be tried, and at \`/openapi.json\`, for programs. [The HTTP interface](HTTP.md) is
the short guide: conventions, trying again, and what every problem code means.
`;

/** What a call needs to be let in, by the name of the scheme. */
const SIGNED = {
  admin_key: "`Authorization: Bearer KEY`, an admin key",
  webhook_signature: "a signature by [Standard Webhooks](WEBHOOKS.md)",
  stripe_signature: "a signature by [Stripe](WEBHOOKS.md#stripe)",
};

/** Pages for people are no calls. */
const isPage = (path) => path === "/" || path === "/openapi.json" || path.startsWith("/docs");

export function reference(document) {
  const parts = [HEAD];
  for (const tag of document.tags) {
    const calls = callsOf(document, tag.name);
    parts.push(`## ${capital(tag.name)}\n\n${tag.description}.\n`, ...calls);
  }
  parts.push("## Resources\n\nWhat bodies are made of. A field with ? may be absent.\n");
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (!name.startsWith("List_")) parts.push(resource(name, schema));
  }
  return parts.join("\n");
}

function callsOf(document, tag) {
  const calls = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const isOne = operation.tags?.includes(tag) && !isPage(path);
      if (isOne) calls.push(call(method.toUpperCase(), path, operation));
    }
  }
  return calls;
}

function call(method, path, operation) {
  const parts = [`### ${operation.summary}\n`, `\`${method} ${path}\`\n`];
  if (operation.description) parts.push(`${operation.description}\n`);
  const schemes = (operation.security ?? []).flatMap((scheme) => Object.keys(scheme));
  if (schemes.length > 0) {
    parts.push(`Needs ${schemes.map((name) => SIGNED[name] ?? name).join(", or ")}.\n`);
  }
  if (operation.parameters?.length > 0) {
    const rows = operation.parameters.map((one) => [
      `\`${one.name}\`${one.required ? "" : "?"}`,
      one.in,
      type(one.schema),
      limited(one.description, one.schema),
    ]);
    parts.push(table(["parameter", "in", "type", "meaning"], rows));
  }
  if (operation.requestBody) parts.push(...body(operation.requestBody));
  parts.push(...answers(operation.responses));
  return parts.join("\n");
}

function body(requestBody) {
  const [content] = Object.values(requestBody.content);
  const parts = [`Body: ${type(content.schema)}, for example\n`];
  const examples = content.examples ?? { one: { value: content.example } };
  for (const { value } of Object.values(examples)) {
    if (value !== undefined) parts.push(json(value));
  }
  return parts.length > 1 ? parts : [`Body: ${type(content.schema)}.\n`];
}

function answers(responses) {
  const rows = [];
  const shown = [];
  for (const [status, response] of Object.entries(responses)) {
    const [kind, content] = Object.entries(response.content ?? {})[0] ?? [];
    const isProblem = kind === "application/problem+json";
    const what = content && !isProblem && content.schema ? type(content.schema) : "";
    rows.push([status, isProblem ? "problem" : what, response.description]);
    const example = content?.example ?? Object.values(content?.examples ?? {})[0]?.value;
    if (!isProblem && shown.length === 0 && typeof example === "object") shown.push(json(example));
  }
  return [table(["answer", "body", "meaning"], rows), ...shown];
}

function resource(name, schema) {
  const parts = [`### ${name}\n`];
  if (schema.description) parts.push(`${schema.description}\n`);
  const required = schema.required ?? [];
  if (schema.properties) {
    const rows = Object.entries(schema.properties).map(([field, one]) => [
      `\`${field}\`${required.includes(field) ? "" : "?"}`,
      type(one),
      limited(one.description ?? one.oneOf?.[0]?.description, one),
    ]);
    parts.push(table(["field", "type", "meaning"], rows));
  } else {
    parts.push(`A ${type(schema)}.\n`);
  }
  return parts.join("\n");
}

/** A type in a few words, resources as links. */
function type(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    if (name.startsWith("List_")) return `list of ${link(name.slice("List_".length))}`;
    return link(name);
  }
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(" or ");
  if (schema.oneOf) return schema.oneOf.map(type).join(" or ");
  if (schema.type === "array") return `array of ${type(schema.items)}`;
  return schema.type === undefined ? "any" : [schema.type].flat().join(" or ");
}

const link = (name) => `[${name}](#${name.toLowerCase()})`;

/** A meaning with the limits that the schema sets. */
function limited(description, schema) {
  const limits = [];
  const { minimum, maximum, minLength, maxLength } = schema;
  if (maximum !== undefined) limits.push(`${minimum ?? ""} … ${maximum}`);
  if (maxLength !== undefined) limits.push(`${minLength ?? 0} … ${maxLength} characters`);
  if (schema.default !== undefined) limits.push(`default ${schema.default}`);
  const text = description ?? schema.description ?? "";
  if (limits.length === 0) return text;
  return text ? `${text.replace(/\.$/, "")} (${limits.join(", ")})` : limits.join(", ");
}

function table(heads, rows) {
  const row = (cells) => `| ${cells.map(cell).join(" | ")} |`;
  return [row(heads), `|${"---|".repeat(heads.length)}`, ...rows.map(row), ""].join("\n");
}

const cell = (text) => String(text).replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

const json = (value) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\`\n`;

const capital = (word) => word[0].toUpperCase() + word.slice(1);
