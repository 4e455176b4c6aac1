using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>One period of document keys.</summary>
/// <param name="number">Its number, from 1 to <see cref="SealedHeader.MaxEpoch"/>.</param>
/// <param name="key">Its 32-octet key; owned from now on.</param>
/// <param name="since">When it began.</param>
public sealed class KeyEpoch(uint number, SecretBytes key, DateTimeOffset since) : IDisposable
{
    /// <summary>Its number, from 1.</summary>
    public uint Number { get; } = number is > 0 and <= SealedHeader.MaxEpoch ? number : throw new ArgumentOutOfRangeException(nameof(number));

    /// <summary>The key that document keys are derived from.</summary>
    public SecretBytes Key { get; } = key;

    /// <summary>When it began.</summary>
    public DateTimeOffset Since { get; } = since;

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();
}

/// <summary>
/// All keys of an account that its devices share, and the facts that the provider must not be able to change (security.md A2).
/// Immutable; a change makes a new one with the next serial. Made in one place only, when the account is created (security.md A3).
/// </summary>
public sealed class Keyset : IDisposable
{
    /// <summary>The mode of an account with our formats.</summary>
    public const string SealedMode = "sealed";

    /// <summary>The weakest login that a device may use for a sealed account.</summary>
    public const string Login2 = "login2";

    private readonly KeyEpoch[] _epochs;

    internal Keyset(string mode, long serial, SecretBytes idKey, SecretBytes digestKey, KeyEpoch[] epochs, string? ownKeyFingerprint, string caSha256, string loginFloor)
    {
        (Mode, Serial, IdKey, DigestKey, _epochs) = (mode, serial, idKey, digestKey, epochs);
        (OwnKeyFingerprint, CaSha256, LoginFloor) = (ownKeyFingerprint, caSha256, loginFloor);
    }

    /// <summary>The account's mode, <see cref="SealedMode"/>.</summary>
    public string Mode { get; }

    /// <summary>Grows by one with every change; devices refuse a lower one than they know.</summary>
    public long Serial { get; }

    /// <summary>Key of the ids on the wire; never changes.</summary>
    public SecretBytes IdKey { get; }

    /// <summary>Key of content-derived ids and digests; never changes.</summary>
    public SecretBytes DigestKey { get; }

    /// <summary>The periods of document keys, oldest first; never empty.</summary>
    public IReadOnlyList<KeyEpoch> Epochs => _epochs;

    /// <summary>The period that writes use.</summary>
    public KeyEpoch NewestEpoch => _epochs[^1];

    /// <summary>The account's OpenPGP key, once it has one.</summary>
    public string? OwnKeyFingerprint { get; }

    /// <summary>SHA-256 of the provider's pinned CA certificate, lower-case hex.</summary>
    public string CaSha256 { get; }

    /// <summary>The weakest login allowed.</summary>
    public string LoginFloor { get; }

    /// <summary>Makes the keys of a new account. Called by account creation and by nothing else (security.md A3).</summary>
    public static Keyset Create(string caSha256, DateTimeOffset now)
        => new(SealedMode, 1, SecretBytes.Random(32), SecretBytes.Random(32), [new KeyEpoch(1, SecretBytes.Random(32), now)], null, caSha256, Login2);

    /// <summary>The same keys with the account's OpenPGP key noted, under the next serial. Owns its own copies of the keys.</summary>
    public Keyset WithOwnKey(Fingerprint fingerprint) => Next(CloneEpochs(), fingerprint.Value);

    /// <summary>The same keys under the next serial, for a record whose slots change. Owns its own copies of the keys.</summary>
    public Keyset WithNextSerial() => Next(CloneEpochs(), OwnKeyFingerprint);

    /// <summary>The same keys with one more period for new writes, under the next serial. Owns its own copies of the keys.</summary>
    public Keyset WithNewEpoch(DateTimeOffset now)
        => Next([.. CloneEpochs(), new KeyEpoch(NewestEpoch.Number + 1, SecretBytes.Random(32), now)], OwnKeyFingerprint);

    /// <summary>The period with that number, or null.</summary>
    public KeyEpoch? FindEpoch(uint number) => Array.Find(_epochs, e => e.Number == number);

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        IdKey.Dispose();
        DigestKey.Dispose();
        Array.ForEach(_epochs, e => e.Dispose());
    }

    /// <summary>Never the keys.</summary>
    public override string ToString() => $"keyset {Serial}";

    private Keyset Next(KeyEpoch[] epochs, string? fingerprint)
        => new(Mode, checked(Serial + 1), IdKey.Clone(), DigestKey.Clone(), epochs, fingerprint, CaSha256, LoginFloor);

    private KeyEpoch[] CloneEpochs() => [.. _epochs.Select(e => new KeyEpoch(e.Number, e.Key.Clone(), e.Since))];
}
