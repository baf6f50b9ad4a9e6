import { Component, type ComponentChildren, type ComponentType } from 'preact';
import { Button, Notice } from '../ui';

/** Keeps a fault of one view from taking the page with it: the other views, and what was signed, go on. */
class Guard extends Component<{ children: ComponentChildren }, { fault: string | null }> {
  override state = { fault: null };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ fault: error instanceof Error ? error.message : String(error) });
  }

  override render() {
    if (this.state.fault === null) return this.props.children;
    return (
      <Notice tone="danger" title="This view cannot be shown" announce testId="view-fault">
        <p>Its arithmetic or drawing failed: {this.state.fault}. Nothing was signed or sent by it.</p>
        <div class="buttons">
          <Button onClick={() => this.setState({ fault: null })}>Try again</Button>
        </div>
      </Notice>
    );
  }
}

export function guarded(View: ComponentType): () => ComponentChildren {
  return function Guarded() {
    return (
      <Guard>
        <View />
      </Guard>
    );
  };
}
