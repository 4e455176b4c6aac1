using Bitmask.Bonafide;
using Bitmask.Keys;
using Bitmask.OpenPgp;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// What the provider must have of this account and device before mail flows: key record, device key, OpenPGP certificate, and the client certificate it
/// gives in return. Each step is noted when done, so that a creation that was interrupted is finished at the next unlocking.
/// </summary>
internal sealed class ProviderSetup(SoledadStore store, ProviderLink link, DeviceCertificateKey deviceKey, KeyManager keys, HttpClient http, TimeProvider clock)
{
    private const string RecordSetting = "setup.record";
    private const string DeviceSetting = "setup.device";
    private const string KeySetting = "setup.key";
    private const string ToBeMade = "to-be-made";
    private const string Done = "done";

    /// <summary>Notes that the record was made here and the provider does not have it yet. Only then is it ever created there.</summary>
    public static void RecordIsToBeMade(StoreTransaction transaction) => transaction.SetSetting(RecordSetting, ToBeMade);

    /// <summary>The provider has this device's key under its present id: the passphrase is not needed for sessions any more.</summary>
    public bool IsRegistered => Setting(DeviceSetting) == store.DeviceId.ToString();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var services = await link.ReadServicesAsync(cancellationToken);
        if (Setting(RecordSetting) == ToBeMade)
        {
            await CreateRecordAsync(services, cancellationToken);
            await NoteAsync(RecordSetting, Done, cancellationToken);
        }

        if (!IsRegistered)
        {
            await link.WithSessionAsync(
                async (session, token) =>
                {
                    await link.Client.RegisterDeviceAsync(session, store.DeviceId, deviceKey.Key, token);
                    return true;
                },
                cancellationToken);
            await NoteAsync(DeviceSetting, store.DeviceId.ToString(), cancellationToken);
        }

        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        await store.WriteAsync(
            transaction => DeviceRegistry.EnsureOwn(transaction, store.DeviceId, Environment.MachineName, deviceKey.Key.ExportSubjectPublicKeyInfo(), today), cancellationToken);
        await UploadKeyAsync(cancellationToken);
        await RenewCertificateAsync(cancellationToken);
    }

    /// <summary>A certificate past half of its life is renewed while the old one still works.</summary>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <param name="isRefused">The provider does not accept the one that is there, whatever its age.</param>
    public async Task RenewCertificateAsync(CancellationToken cancellationToken, bool isRefused = false)
    {
        using var current = deviceKey.Certificate();
        if (current is not null && !isRefused && clock.GetUtcNow() < current.NotBefore + ((current.NotAfter - current.NotBefore) / 2))
        {
            return;
        }

        using var issued = await link.WithSessionAsync((session, token) => link.Client.RequestCertificateAsync(session, deviceKey.Key, token), cancellationToken);
        await deviceKey.SaveCertificateAsync(issued.ExportCertificatePem(), cancellationToken);
    }

    /// <summary>Hands the own certificate to the provider, unless it has exactly this one.</summary>
    public async Task UploadKeyAsync(CancellationToken cancellationToken)
    {
        if (keys.OwnKey() is not OwnKey.Present present)
        {
            return; // Not synced yet, or withheld: the status tells; never made anew.
        }

        OpenPgpCertificate certificate = present.Key.Certificate;
        var armor = certificate.ToArmor();
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(armor)));
        if (Setting(KeySetting) == digest)
        {
            return;
        }

        await link.WithSessionAsync(
            async (session, token) =>
            {
                await link.Client.UploadKeyAsync(session, armor, token);
                return true;
            },
            cancellationToken);
        await NoteAsync(KeySetting, digest, cancellationToken);
    }

    private async Task CreateRecordAsync(ProviderServices services, CancellationToken cancellationToken)
    {
        var record = store.Read(AccountKeys.Record);
        var client = new KeyRecordClient(http, services.Soledad, (await link.SessionAsync(cancellationToken)).User, link.TokenAsync);
        try
        {
            await client.CreateAsync(record, cancellationToken);
        }
        catch (SoledadException exists) when (exists.Code == SoledadCodes.KeyRecordChanged)
        {
            // An attempt whose answer was lost: fine when it is ours, else somebody made another account's keys of this one.
            if (!(await client.FetchAsync(cancellationToken)).Record.ToBytes().AsSpan().SequenceEqual(record.ToBytes()))
            {
                throw;
            }
        }
    }

    private string? Setting(string name) => store.Read(reader => reader.GetSetting(name));

    private Task NoteAsync(string name, string value, CancellationToken cancellationToken)
        => store.WriteAsync(transaction => transaction.SetSetting(name, value), cancellationToken);
}
