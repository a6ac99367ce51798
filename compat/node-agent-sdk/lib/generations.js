// The published versions of the package and where they differ (spec 23 §10; older ones by observation).

export const GENERATIONS = [
  // Overwrites `userId` of every participant change with the bot's own id, hides dialogs, and tells nobody of a failed
  // refresh.
  {
    version: '0.2.22', apiVersion: '2', namesOthers: false, showsDialogs: false, tellsFailedRefresh: false,
    hasUnsubscribe: false, showsSuggestions: false,
  },
  {
    version: '1.1.4', apiVersion: '2', namesOthers: true, showsDialogs: true, tellsFailedRefresh: true,
    hasUnsubscribe: true, showsSuggestions: false,
  },
  // Neither this one nor those before it catch what a frame of the wrong shape throws: the process ends.
  {
    version: '1.1.6', apiVersion: '2.1', namesOthers: true, showsDialogs: true, tellsFailedRefresh: true,
    hasUnsubscribe: true, showsSuggestions: true,
  },
  {
    version: '1.2.0', apiVersion: '2.1', namesOthers: true, showsDialogs: true, tellsFailedRefresh: true,
    hasUnsubscribe: true, showsSuggestions: true,
  },
];

/** The constructor of a version. */
export async function load(version) {
  const { default: sdk } = await import(`sdk-${version}`);
  return sdk.Agent;
}
