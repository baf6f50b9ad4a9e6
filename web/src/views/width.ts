import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** The width that an element has, so that drawings are made in real pixels and text in them keeps its size. */
export function useWidth<E extends Element>(initial = 320): [RefObject<E>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(initial);
  useLayoutEffect(() => {
    const seen = element.current;
    if (!seen) return;
    const measure = () => setWidth(Math.max(200, Math.floor(seen.getBoundingClientRect().width)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(seen);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
