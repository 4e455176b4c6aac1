using System.Globalization;
using Bitmask.Daemon.Accounts;
using Bitmask.Keys;
using Bitmask.OpenPgp;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Jobs;

/// <summary>
/// Looks after keys at times that nobody can foresee: every few hours for news of one key that is in use, once a day for what the world is shown as the own
/// one (security.md C9). The own key is renewed before it expires, and whatever of it the provider does not have yet is handed to it.
/// </summary>
internal sealed class KeyCareJob(KeyManager keys, SoledadStore store, AccountEvents events, Func<CancellationToken, Task> uploadAsync, TimeProvider clock, Random chance)
{
    /// <summary>Name of the event that another key than the own one is shown for the own address.</summary>
    public const string Alarm = "own-key-forged";

    private const string AuditedSetting = "keys.audited";
    private static readonly TimeSpan ShortestPause = TimeSpan.FromHours(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(10);
    private static readonly TimeSpan AuditEvery = TimeSpan.FromDays(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(ShortestPause + (chance.NextDouble() * (LongestPause - ShortestPause)), clock, cancellationToken);
            await WorkAsync(cancellationToken);
        }
    }

    /// <summary>One round. What can not be asked is asked in a later one.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keys.RenewOwnKeyAsync(cancellationToken);
            await UploadAsync(cancellationToken);
            await keys.RefreshOneAsync(chance, cancellationToken);
            if (IsAuditDue())
            {
                await AuditAsync(cancellationToken);
            }
        }
        catch (Exception failure) when (failure is DatabaseException or KeyVersionException or OpenPgpFormatException)
        {
            events.Renew("key-care", "Looking after keys failed: " + failure.Message);
        }
    }

    private async Task UploadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await uploadAsync(cancellationToken);
        }
        catch (Exception failure) when (Api.ApiErrors.Translate(failure) is { } known && !cancellationToken.IsCancellationRequested)
        {
            events.Renew("own-key-not-uploaded", $"Your public key could not be handed to the provider: {known.Message} It is tried again.");
        }
        catch (HttpRequestException)
        {
            // Offline; the next round.
        }
    }

    private bool IsAuditDue()
        => !(store.Read(reader => reader.GetSetting(AuditedSetting)) is { } last
            && DateTimeOffset.TryParse(last, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && clock.GetUtcNow() - at is var since && since < AuditEvery && since >= TimeSpan.Zero);

    private async Task AuditAsync(CancellationToken cancellationToken)
    {
        var lines = await keys.AuditOwnKeyAsync(cancellationToken);
        foreach (var line in lines.Where(line => line.IsAlarm))
        {
            events.Add(Alarm, $"{(line.Source == KeySource.WebKeyDirectory ? "The web key directory" : "The key directory")} of your provider shows another key for your address than yours: {line.Shown}. Strangers who write to you may encrypt to somebody else. Ask your provider, and tell your correspondents your fingerprint by another way.");
        }

        if (lines.Any(line => line.Trouble is null))
        {
            var now = clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
            await store.WriteAsync(transaction => transaction.SetSetting(AuditedSetting, now), cancellationToken);
        }
    }
}
