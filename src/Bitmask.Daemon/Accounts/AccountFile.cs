using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Accounts;

/// <summary>What is known of a locked account: accounts/UUID/account.json, mode 0600, no secret in it.</summary>
internal sealed record AccountFile
{
    public required string Address { get; init; }

    public required string Uuid { get; init; }

    /// <summary><c>sealed</c>, fixed at creation (security.md A1).</summary>
    public required string Mode { get; init; }

    public required string Domain { get; init; }
}

/// <summary>The accounts of this device, each in a folder of its own.</summary>
internal sealed class AccountDirectory(DaemonPaths paths)
{
    private const string FileName = "account.json";

    public IReadOnlyList<AccountFile> List()
        => !Directory.Exists(paths.Accounts)
            ? []
            : [.. Directory.EnumerateDirectories(paths.Accounts).Select(Read).OfType<AccountFile>().OrderBy(account => account.Address, StringComparer.Ordinal)];

    public AccountFile? Find(EmailAddress address) => List().FirstOrDefault(account => EmailAddress.TryParse(account.Address, out var own) && own.Equals(address));

    public string FolderOf(UserId user) => Path.Combine(paths.Accounts, user.Value);

    /// <summary>Makes the folder of an account, closed to others.</summary>
    public void MakeFolder(UserId user) => DurableFile.CreateDirectory0700(FolderOf(user));

    public string DeviceKeys(UserId user) => Path.Combine(FolderOf(user), "device.keys");

    public string Blobs(UserId user) => Path.Combine(FolderOf(user), "blobs.db");

    public string Database(UserId user) => Path.Combine(FolderOf(user), "soledad.db");

    /// <summary>Written last when an account is added: from then on the account is on this device.</summary>
    public void Add(AccountFile account)
        => DurableFile.WriteAllBytes(
            Path.Combine(FolderOf(UserId.Parse(account.Uuid)), FileName),
            JsonSerializer.SerializeToUtf8Bytes(account, DaemonJson.Default.AccountFile));

    /// <summary>
    /// The salt of a sign-up that was begun and not finished; null when there is none. It was on the disk before the provider heard of the sign-up, so that an
    /// account whose keys were never made is known as ours, and finished, instead of its name being lost.
    /// </summary>
    public byte[]? FindIntent(EmailAddress address)
    {
        var path = IntentPath(address);
        return File.Exists(path) && File.ReadAllBytes(path) is { Length: Protocol.Keys.KdfProfile.SaltOctets } salt ? salt : null;
    }

    public void AddIntent(EmailAddress address, byte[] salt)
    {
        DurableFile.CreateDirectory0700(paths.Accounts);
        DurableFile.WriteAllBytes(IntentPath(address), salt);
    }

    public void RemoveIntent(EmailAddress address) => File.Delete(IntentPath(address));

    private string IntentPath(EmailAddress address)
        => Path.Combine(paths.Accounts, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(address.Canonical)).AsSpan(0, 16)) + ".signup");

    private static AccountFile? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), DaemonJson.Default.AccountFile) : null;
        }
        catch (JsonException)
        {
            return null; // A damaged file must not hide the other accounts; adding the account again writes it anew.
        }
    }
}
