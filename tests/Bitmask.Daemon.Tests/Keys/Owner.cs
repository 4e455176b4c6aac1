using Bitmask.Daemon.Tests.World;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>The program ends here, as by kill -9: nobody catches this.</summary>
internal sealed class KilledException() : Exception("killed");

/// <summary>What the owner of an account does to its keys, in few words.</summary>
internal static class Owner
{
    public const string New = "another battery horse";

    public static EmailAddress Parse(string address) => EmailAddress.Parse(address);

    public static Task<PassphraseChanged> ChangeAsync(this Device device, string address, string current = Device.Passphrase, string next = New, bool newKeys = false)
        => device.Client.ChangePassphraseAsync(address, new AccountSecrets { Passphrase = current, NewPassphrase = next, NewKeys = newKeys });

    public static Task<RecoveryKit> KitAsync(this Device device, string address, string passphrase = Device.Passphrase)
        => device.Client.MakeKitAsync(address, new AccountSecrets { Passphrase = passphrase });

    /// <summary>The code on a kit's page.</summary>
    public static string CodeOf(RecoveryKit kit)
        => string.Concat(kit.Page[(kit.Page.IndexOf("Code:", StringComparison.Ordinal) + 5)..kit.Page.IndexOf("Whoever", StringComparison.Ordinal)].Where(c => !char.IsWhiteSpace(c)));

    public static Task<KitTest> TestKitAsync(this Device device, string address, string code) => device.Client.TestKitAsync(address, new AccountSecrets { Code = code });

    public static Task<UserAnswer> RecoverAsync(this Device device, string address, string code, string passphrase = New)
        => device.Client.RecoverAsync(address, new AccountSecrets { Code = code, Passphrase = passphrase });

    /// <summary>The code that a command ends with.</summary>
    public static async Task<string> CodeAsync(Task command) => (await Assert.ThrowsAsync<DaemonClientException>(() => command)).Error.Code;

    /// <summary>Whether a new device can add the account with this passphrase.</summary>
    public static async Task<bool> OpensAsync(Town town, string address, string passphrase)
    {
        await using var fresh = await Device.StartAsync(town.Settings);
        try
        {
            await fresh.AuthAsync(address, passphrase);
            return true;
        }
        catch (DaemonClientException wrong) when (wrong.Error.Code is "bad-credentials")
        {
            return false;
        }
    }

    /// <summary>The keys that a device holds; the account is locked afterwards.</summary>
    public static async Task<(long Serial, uint Epoch, byte[] Root)> KeysAsync(Device device, string address, string passphrase)
    {
        await device.LogoutAsync(address);
        var folder = Path.Combine(device.Paths.Accounts, device.Accounts.Directory.Find(Parse(address))!.Uuid);
        var (master, databaseKey) = DeviceKeys.Load(Path.Combine(folder, "device.keys")).TryUnlock(passphrase) ?? throw new InvalidOperationException("wrong passphrase");
        using (master)
        using (databaseKey)
        {
            var (store, _) = Bitmask.Daemon.Accounts.AccountStore.Open(Path.Combine(folder, "soledad.db"), databaseKey, TimeProvider.System);
            using (store)
            using (var keyset = Bitmask.Daemon.Accounts.AccountKeys.Open(store, UserId.Parse(Path.GetFileName(folder))))
            using (var root = store.Read(Bitmask.Daemon.Accounts.AccountKeys.Root))
            {
                return (keyset.Serial, keyset.NewestEpoch.Number, root.Span.ToArray());
            }
        }
    }
}
