import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icon';

/**
 * A modal dialog on the browser's own element, which keeps the focus inside and gives it back.
 * `busy` keeps it from being closed by Escape or by a click beside it: a transaction may be under way.
 */
export function Dialog(props: { title: string; onClose(): void; busy?: boolean; testId?: string; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  const close = () => {
    if (!props.busy) props.onClose();
  };
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={title}
      data-testid={props.testId}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === element.current && close()}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={title}>{props.title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={close} disabled={props.busy ?? false}>
            <Icon name="close" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
