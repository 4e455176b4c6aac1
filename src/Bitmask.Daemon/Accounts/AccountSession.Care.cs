using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Accounts;

/// <summary>Looking after an account's database.</summary>
internal sealed partial class AccountSession
{
    /// <inheritdoc cref="StoreCare.CheckAsync"/>
    public async Task<StoreChecked> CheckStoreAsync(bool repair, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Locking);
        return await StoreCare.CheckAsync(Address, _store, Mail, repair, either.Token);
    }
}
