using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bitmask.Daemon.Accounts;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Tests.World;

/// <summary>What an account holds on a device: the truth that no provider may change.</summary>
internal sealed record Truth(IReadOnlyList<string> Files, IReadOnlyList<string> Documents, IReadOnlyList<string> Inbox, string KeyRecord);

/// <summary>
/// An account's files, opened without the daemon while the account is locked there. That it can be opened at all shows that
/// locking lets go of them.
/// </summary>
internal sealed class Vault : IDisposable
{
    private static readonly Dictionary<string, MasterKey> Masters = [];

    private readonly string _folder;
    private readonly EmailAddress _address;
    private readonly MailProjection _projection;
    private readonly SecretBytes _databaseKey;

    private Vault(string folder, EmailAddress address, UserId user, MasterKey master)
    {
        (_folder, _address, User, Master) = (folder, address, user, master);
        _databaseKey = DeviceKeys.Load(Path.Combine(folder, "device.keys")).Open(master);
        (Store, _projection) = AccountStore.Open(Path.Combine(folder, "soledad.db"), _databaseKey, TimeProvider.System);
        Keyset = AccountKeys.Open(Store, user);
        Root = new SecretBytes(Base64Url.DecodeFromChars(Store.Read(reader => reader.GetSetting("keyset.root"))));
    }

    public UserId User { get; }

    public MasterKey Master { get; }

    public SoledadStore Store { get; }

    public Keyset Keyset { get; }

    public SecretBytes Root { get; }

    public static Vault Open(Device device, string address)
    {
        var folder = Directory.EnumerateDirectories(device.Paths.Accounts).Single(folder =>
            JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "account.json"))).RootElement.GetProperty("address").GetString() == address);
        lock (Masters)
        {
            // All devices of an account have the same salt, and the derivation is slow on purpose.
            if (!Masters.TryGetValue(address, out var master))
            {
                Masters.Add(address, master = DeviceKeys.Load(Path.Combine(folder, "device.keys")).Derive(Device.Passphrase));
            }

            return new Vault(folder, EmailAddress.Parse(address), UserId.Parse(Path.GetFileName(folder)), master);
        }
    }

    /// <summary>Locks the account, looks at what it holds, and leaves it locked.</summary>
    /// <param name="device">The device.</param>
    /// <param name="address">The account.</param>
    /// <param name="hasLargeParts">Then mails are told by their flags and their documents alone, since parts are in a file of their own.</param>
    public static async Task<Truth> TruthAsync(Device device, string address, bool hasLargeParts = false)
    {
        await device.LogoutAsync(address);
        using var vault = Open(device, address);
        return vault.Truth(hasLargeParts);
    }

    public Truth Truth(bool hasLargeParts = false)
    {
        using var mail = new MailAccount(Store, _projection, new MailAccountOptions { Address = _address, DigestKey = Keyset.DigestKey, Clock = TimeProvider.System });
        return new Truth(
            [.. ((string[])["account.json", "device.keys"]).Select(name => name + " " + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder, name)))))],
            Store.Read(reader => reader.Sql.Query("SELECT doc_id, rev, json FROM document WHERE doc_id NOT LIKE 'device-head-%' ORDER BY doc_id", static row => $"{row.GetText(0)} {row.GetText(1)} {row.GetTextOrNull(2)}")),
            [.. mail.Open(mail.Find("INBOX")!.Id).Entries.Select(entry => $"{entry.Uid} {entry.Id} {string.Join(',', entry.Flags.Order())} {(hasLargeParts ? "" : Encoding.UTF8.GetString(mail.Content(entry.Id).Span))}")],
            Store.Read(reader => reader.GetSetting("keyset.record")!));
    }

    public IReadOnlyList<QuarantinedDocument> Quarantined() => Store.Read(reader => reader.Quarantined());

    /// <summary>The id that the provider sees of a document.</summary>
    public string WireId(string trueId) => new SealedCodec(Keyset, User, Store.DeviceId).WireId(trueId);

    /// <summary>The ids of the account's documents of these types.</summary>
    public IReadOnlyList<string> Ids(params string[] types) => Store.Read(reader => types.SelectMany(type => reader.GetByType(type)).Select(document => document.Id).ToList());

    public string RevOf(string id) => Store.Read(reader => reader.Get(id))!.Rev;

    /// <summary>All that must never leave the device.</summary>
    public IReadOnlyList<(string Name, byte[] Octets)> Secrets() =>
    [
        ("passphrase", Encoding.UTF8.GetBytes(Device.Passphrase)),
        ("login secret", Encoding.ASCII.GetBytes(Master.AuthSecret)),
        ("wrap key", Master.WrapKey.Span.ToArray()),
        ("database key", _databaseKey.Span.ToArray()),
        ("root", Root.Span.ToArray()),
        ("id key", Keyset.IdKey.Span.ToArray()),
        ("digest key", Keyset.DigestKey.Span.ToArray()),
        .. Keyset.Epochs.Select(epoch => ($"epoch {epoch.Number}", epoch.Key.Span.ToArray())),
    ];

    public void Dispose()
    {
        Root.Dispose();
        Keyset.Dispose();
        Store.Dispose();
        _databaseKey.Dispose();
    }
}

/// <summary>Compares what is held, not the lists that hold it.</summary>
/// <param name="mayRegister">
/// Whether this device may have entered itself among the account's devices under another id meanwhile, as it does after a re-join. Whatever
/// was there before must be there unchanged all the same, and the new entry must name the same device key.
/// </param>
/// <param name="isAnotherDay">Whether devices may have noted meanwhile that they were there today.</param>
internal sealed class TruthComparer(bool mayRegister, bool isAnotherDay = false) : IEqualityComparer<Truth>
{
    public static readonly TruthComparer Instance = new(mayRegister: false);

    /// <summary>As <see cref="Instance"/>, after a re-join.</summary>
    public static readonly TruthComparer Rejoined = new(mayRegister: true);

    /// <summary>As <see cref="Instance"/>, on a later day.</summary>
    public static readonly TruthComparer AnotherDay = new(mayRegister: false, isAnotherDay: true);

    public bool Equals(Truth? x, Truth? y)
        => x is not null && y is not null && AreEqual(isAnotherDay ? WithoutDevices(x) : x, isAnotherDay ? WithoutDevices(y) : y);

    private bool AreEqual(Truth x, Truth y)
        => x.Files.SequenceEqual(y.Files) && x.Inbox.SequenceEqual(y.Inbox) && x.KeyRecord == y.KeyRecord
            && x.Documents.SequenceEqual(mayRegister ? y.Documents.Where(document => x.Documents.Contains(document) || !IsOwnEntry(x, document)) : y.Documents);

    public int GetHashCode(Truth obj) => obj.KeyRecord.GetHashCode(StringComparison.Ordinal);

    private static bool IsOwnEntry(Truth before, string document)
        => KeyOf(document) is { } key && before.Documents.Select(KeyOf).Contains(key);

    private static Truth WithoutDevices(Truth truth) => truth with { Documents = [.. truth.Documents.Where(static document => !document.StartsWith("device-", StringComparison.Ordinal))] };

    // "id rev json"
    private static string? KeyOf(string document)
        => document.Split(' ', 3) is [var id, _, { Length: > 0 } json] && id.StartsWith("device-", StringComparison.Ordinal)
            ? JsonNode.Parse(json)!["key"]?.GetValue<string>()
            : null;
}
