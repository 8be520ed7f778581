// Writes schema.d.ts with openapi-typescript: a file to send is a Blob, as its manual recommends.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const blob = ts.factory.createTypeReferenceNode(ts.factory.createIdentifier("Blob"));
const transform = (schema) => (schema.format === "binary" ? blob : undefined);
const nodes = await openapiTS(readFileSync("openapi.json", "utf8"), { transform });
writeFileSync("schema.d.ts", astToString(nodes));
