using Bitmask.Bonafide;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// What a device that is set up asks each time it goes online, before it relies on its provider: does it still offer what the account
/// needs (security.md A1)? A lie is told and changes nothing here.
/// </summary>
internal sealed class ProviderCheck(ProviderLink link, AccountEvents events)
{
    /// <summary>What the provider offers beyond what an account needs, as it said last: only how fast things go hangs on it.</summary>
    public IReadOnlyList<string> Capabilities { get; private set; } = link.Pin.Info.Bitmask?.Performance ?? [];

    /// <exception cref="BonafideException">Out of reach, or it does not offer what the account needs; nobody must log in there.</exception>
    public async Task CheckProviderAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = await new ProviderBootstrap(link.Outgoing.For).RefreshAsync(link.Pin, cancellationToken);
            ProviderBootstrap.RequireSealed(now);
            Capabilities = now.Info.Bitmask?.Performance ?? [];
        }
        catch (BonafideException changed) when (changed.Code == BonafideErrors.CaChanged)
        {
            // The connection itself was by the pinned CA. The new one is not taken over; as long as the old one serves, mail flows.
            events.Add(changed.Code, changed.Message);
        }
    }
}
