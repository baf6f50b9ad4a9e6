// The test wallet's own window: it asks as a real wallet does, so that a rejection can be tried.
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Button, CheckField, Dialog, Notice, Row, Rows } from '../ui';
import { setAsksApproval } from './testaccounts';
import type { SummaryLine } from './summary';

function Approve(props: { lines: SummaryLine[]; onAnswer(approved: boolean): void }) {
  const [remember, setRemember] = useState(false);
  const approve = () => {
    if (remember) setAsksApproval(false);
    props.onAnswer(true);
  };
  return (
    <Dialog title="Approve in the test wallet" onClose={() => props.onAnswer(false)} testId="test-wallet">
      <Notice tone="warning">Test wallet: for the sandbox only. Its keys are public.</Notice>
      <Rows testId="test-wallet-summary">
        {props.lines.map((line, index) => (
          <Row key={index} label={line.label}>
            {line.value}
          </Row>
        ))}
      </Rows>
      <CheckField label="Do not ask again in this tab" checked={remember} onChange={setRemember} testId="test-wallet-remember" />
      <div class="buttons">
        <Button kind="primary" onClick={approve} testId="test-wallet-approve">
          Approve
        </Button>
        <Button onClick={() => props.onAnswer(false)} testId="test-wallet-reject">
          Reject
        </Button>
      </div>
    </Dialog>
  );
}

/** Shows the dialog above whatever is open. Answers whether it was approved. */
export function askApproval(lines: SummaryLine[]): Promise<boolean> {
  const place = document.body.appendChild(document.createElement('div'));
  return new Promise((resolve) => {
    const answer = (approved: boolean) => {
      render(null, place);
      place.remove();
      resolve(approved);
    };
    render(<Approve lines={lines} onAnswer={answer} />, place);
  });
}
