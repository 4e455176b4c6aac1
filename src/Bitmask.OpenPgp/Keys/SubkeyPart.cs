using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A subkey and the primary key's signatures over it, newest first.</summary>
internal sealed class SubkeyPart(PublicKeyPacket key)
{
    public PublicKeyPacket Key { get; } = key;

    public List<SignaturePacket> Bindings { get; } = [];

    public List<SignaturePacket> Revocations { get; } = [];

    public bool IsRevokedAt(DateTimeOffset time) => Selection.IsRevokedAt(Revocations, time);

    public KeyFlags FlagsAt(DateTimeOffset time)
        => Selection.InForce(Bindings, time) is not { } binding ? KeyFlags.None
            : binding.Flags ?? (Key.CanEncrypt ? KeyFlags.Encrypt : KeyFlags.None);

    public DateTimeOffset? ExpiresAt(DateTimeOffset time) => Key.Created + Selection.InForce(Bindings, time)?.KeyValidity;
}
