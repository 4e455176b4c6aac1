namespace Bitmask.Soledad;

/// <summary>Names of errors and events: stable words that programs compare and people can search for.</summary>
public static class SoledadCodes
{
    /// <summary>The provider has no key record, so that a new device can not get the keys. Keys are never made because of it (security.md A3).</summary>
    public const string KeysMissing = "keys-missing";

    /// <summary>The provider sent an older key record than this device has already seen (security.md A2).</summary>
    public const string KeyRecordRollback = "key-record-rollback";

    /// <summary>The key record is there but can not be opened or contradicts itself.</summary>
    public const string KeyRecordDamaged = "key-record-damaged";

    /// <summary>Another device changed the key record first; fetch it again.</summary>
    public const string KeyRecordChanged = "key-record-changed";

    /// <summary>The passphrase opens no slot.</summary>
    public const string WrongPassphrase = "wrong-passphrase";

    /// <summary>The file device.keys is missing.</summary>
    public const string DeviceKeysMissing = "device-keys-missing";

    /// <summary>There is a file device.keys already.</summary>
    public const string DeviceKeysExist = "device-keys-exist";

    /// <summary>The file device.keys is not what it should be.</summary>
    public const string DeviceKeysDamaged = "device-keys-damaged";

    /// <summary>Generations or transaction ids of the provider contradict what this device knows (security.md B1, B5).</summary>
    public const string ProviderInconsistent = "provider-inconsistent";

    /// <summary>The provider shows an earlier state of this device than the one it had acknowledged: it went back, or shows old documents (security.md B1).</summary>
    public const string OwnHeadBackwards = "own-head-backwards";

    /// <summary>This device took a new name at the provider and compares everything with it; the text says why (security.md B5).</summary>
    public const string DeviceRejoined = "device-rejoined";

    /// <summary>Two devices changed a document that can not be merged: one version won, the other is in the archive (security.md B3).</summary>
    public const string ConflictArchived = "conflict-archived";

    /// <summary>A document was refused and put aside; the version stored here stays (security.md B4).</summary>
    public const string DocumentRefused = "document-refused";

    /// <summary>Documents that had been put aside can be read now (security.md B4).</summary>
    public const string QuarantineReleased = "quarantine-released";

    /// <summary>The provider does not accept the token any more.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The server's certificate is not of the pinned CA; nothing was sent.</summary>
    public const string Untrusted = "untrusted-certificate";

    /// <summary>The provider can not be reached or has no time now.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The provider refused the request.</summary>
    public const string Refused = "refused";

    /// <summary>The provider's answer breaks the protocol.</summary>
    public const string BrokenAnswer = "broken-answer";

    /// <summary>The thing asked for is not there.</summary>
    public const string NotFound = "not-found";

    /// <summary>A LEAP secrets file can not be opened or contradicts itself.</summary>
    public const string SecretsDamaged = "secrets-damaged";

    /// <summary>A blob that a document refers to is not at the provider, not even in its trash (security.md A5).</summary>
    public const string BlobWithheld = "blob-withheld";

    /// <summary>The provider brought a mail again that was taken in and removed there before; it was not filed twice (security.md A9).</summary>
    public const string IncomingRepeated = "incoming-repeated";

    /// <summary>What came or was kept as a blob is not authentic; nothing of it was handed on.</summary>
    public const string BlobDamaged = "blob-damaged";

    /// <summary>The account has no room at the provider; what could not be stored there stays here and is tried again.</summary>
    public const string QuotaExceeded = "quota-exceeded";
}
