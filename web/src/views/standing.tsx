// Banners: every view of a vault begins with those that matter to it.
import { account, assetOf, connection, health, isOwner, now, openFlow, snapshot, vaultTrouble, wallet } from '../store';
import { linkTo } from '../route';
import { Button, Notice, Trouble, Waiting } from '../ui';
import { bannersOf, type Banner } from './banners';
import './views.css';

export function BannerList(props: { only?: (banner: Banner) => boolean }) {
  const known = snapshot.value;
  if (!known) return null;
  const banners = bannersOf({
    snapshot: known,
    health: health.value,
    connection: connection.value,
    trouble: vaultTrouble.value,
    signer: wallet.value?.address ?? account.value?.address ?? null,
    canSign: wallet.value?.canSign ?? false,
    isOwner: isOwner.value,
    now: now.value,
    codeOf: (asset) => assetOf(asset).code,
  }).filter(props.only ?? (() => true));
  if (banners.length === 0) return null;
  return (
    <div class="stack-tight">
      {banners.map((banner) => (
        <Notice key={banner.id} tone={banner.tone} title={banner.title} announce={banner.tone !== 'info'} testId={`banner-${banner.id}`}>
          <p>{banner.words}</p>
          <BannerAction banner={banner} />
        </Notice>
      ))}
    </div>
  );
}

function BannerAction({ banner }: { banner: Banner }) {
  const { flow, link } = banner;
  if (flow) {
    return (
      <div class="buttons banner-action">
        <Button testId={`banner-${banner.id}-action`} disabled={!wallet.value?.canSign} onClick={() => openFlow(flow.name)}>
          {flow.label}
        </Button>
      </div>
    );
  }
  return link ? (
    <p>
      <a href={linkTo(link.view)}>{link.label}</a>
    </p>
  ) : null;
}

/** What stands in place of a view while there is nothing to show yet. */
export function NothingYet() {
  return vaultTrouble.value ? <Trouble of={vaultTrouble.value} /> : <Waiting>Reading the vault</Waiting>;
}
