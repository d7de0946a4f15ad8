import { act, createElement, type ElementType, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach } from "vitest";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const roots = new Set<Root>();

afterEach(() => {
  for (const root of roots) {
    act(() => root.unmount());
  }
  roots.clear();
});

export interface Rendered<P> {
  readonly container: HTMLElement;
  render(props: P): void;
  unmount(): Promise<void>;
}

/** Renders a component, which is unmounted after the test. */
export function rendered<P extends object>(component: ElementType<P>, props: P, strict = false): Rendered<P> {
  const container = document.createElement("div");
  const root = createRoot(container);
  roots.add(root);
  const render = (props: P) => {
    const element = createElement(component, props);
    act(() => root.render(strict ? createElement(StrictMode, null, element) : element));
  };
  render(props);
  return {
    container,
    render,
    unmount: async () => {
      roots.delete(root);
      await act(async () => root.unmount());
    },
  };
}
