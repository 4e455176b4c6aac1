using System.Buffers.Text;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// The account's root and key record as this device keeps them, inside its encrypted database (security.md A6). The record's serial is the
/// highest this device has seen; a lower one from the provider is refused.
/// </summary>
internal static class AccountKeys
{
    private const string RootSetting = "keyset.root";
    private const string RecordSetting = "keyset.record";

    public static void Save(StoreTransaction transaction, SecretBytes root, KeyRecord record)
    {
        transaction.SetSetting(RootSetting, Base64Url.EncodeToString(root.Span));
        transaction.SetSetting(RecordSetting, Encoding.UTF8.GetString(record.ToBytes()));
    }

    public static bool AreSaved(StoreReader reader) => reader.GetSetting(RootSetting) is not null && reader.GetSetting(RecordSetting) is not null;

    public static KeyRecord Record(StoreReader reader) => KeyRecord.Parse(Encoding.UTF8.GetBytes(reader.GetSetting(RecordSetting) ?? throw Missing()));

    /// <summary>The root; the caller disposes it.</summary>
    public static SecretBytes Root(StoreReader reader) => new(Base64Url.DecodeFromChars(reader.GetSetting(RootSetting) ?? throw Missing()));

    /// <summary>Opens the keyset; the caller disposes it.</summary>
    public static Keyset Open(SoledadStore store, UserId user)
        => store.Read(reader =>
        {
            using var root = Root(reader);
            return KeysetRecord.Open(Record(reader), user, root, knownSerial: 0);
        });

    private static DaemonException Missing()
        => new("account-incomplete", "The account's database holds no keys.", "Restore the account's folder from a backup, or add the account again.");
}
