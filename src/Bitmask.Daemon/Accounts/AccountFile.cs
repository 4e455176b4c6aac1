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

    public string Database(UserId user) => Path.Combine(FolderOf(user), "soledad.db");

    /// <summary>Written last when an account is added: from then on the account is on this device.</summary>
    public void Add(AccountFile account)
        => DurableFile.WriteAllBytes(
            Path.Combine(FolderOf(UserId.Parse(account.Uuid)), FileName),
            JsonSerializer.SerializeToUtf8Bytes(account, DaemonJson.Default.AccountFile));

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
