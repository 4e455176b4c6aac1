using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A subkey and the signatures over it.</summary>
internal sealed class SubkeyPart(PublicKeyPacket key)
{
    public PublicKeyPacket Key { get; } = key;

    public PartSignatures Signatures { get; } = new();

    public bool IsBound => Signatures.Own.Count > 0;

    public SignaturePacket? BindingAt(DateTimeOffset time) => Selection.InForce(Signatures.Own, time);

    public KeyFlags FlagsAt(DateTimeOffset time)
        => BindingAt(time) is not { } binding ? KeyFlags.None
            : binding.Flags ?? (Key.CanEncrypt ? KeyFlags.Encrypt : KeyFlags.None);

    public DateTimeOffset? ExpiresAt(DateTimeOffset time) => Key.Created + BindingAt(time)?.KeyValidity;

    /// <summary>What is wrong with it, whatever its primary key is worth.</summary>
    public KeyFault FaultAt(DateTimeOffset time)
    {
        if (!Key.IsUsable)
        {
            return Key.Fault;
        }

        var binding = BindingAt(time);
        return Signatures.RevocationAt(time, binding?.Created) is { } revocation ? Selection.Fault(revocation)
            : Key.Created - Algorithms.ClockSkew > time ? KeyFault.NotYetValid
            : binding is null ? Signatures.Fault
            : ExpiresAt(time) <= time ? KeyFault.Expired
            : KeyFault.None;
    }
}
