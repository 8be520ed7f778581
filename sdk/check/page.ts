// A page in TypeScript that uses the JavaScript SDK by its declarations. It is compiled only: a browser
// runs the SDK in tests/browser/sdk.
import {
  CaptureError, FaceCapture, defineFaceCapture, type FaceCaptureElement, type Session,
} from "./capture/face-capture.js";

export async function enroll(session: Session): Promise<string> {
  const capture = new FaceCapture({ session, language: "fr" });
  try {
    if (!(await capture.check())) return "unsupported";
    const { outcome, reason } = await capture.run();
    return outcome === "completed" ? outcome : reason;
  } catch (error) {
    return error instanceof CaptureError ? error.code : "";
  }
}

export function show(session: Session): FaceCaptureElement {
  defineFaceCapture();
  const element = document.createElement("face-capture") as FaceCaptureElement;
  element.session = session;
  element.appearance = { name: "Acme", theme: "dark" };
  element.retry = async () => null;
  // @ts-expect-error: kinds are typed
  element.session = { token: "", kind: "selfie" };
  return element;
}
