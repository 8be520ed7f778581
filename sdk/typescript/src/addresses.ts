// The address of the service.

/** Returns it without a slash at its end. Throws TypeError for one that would tell a secret. */
export function checkedBaseUrl(baseUrl: string, allowHttp: boolean): string {
  const url = new URL(baseUrl);
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && (allowHttp || isLoopback))) {
    throw new TypeError("a secret or key would cross a network in the clear: https, or allowHttp");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new TypeError("the base URL has no credentials, query or fragment");
  }
  return baseUrl.replace(/\/+$/, "");
}
