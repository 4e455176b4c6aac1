using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Policy;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>
/// Reads the packets of one certificate (RFC 9580 §10.1) and checks each signature by its own primary key over the part that it
/// stands at. What does not hold is not among those signatures afterwards; nobody else has to ask.
/// </summary>
internal sealed class CertificateReader
{
    private readonly CertificateContent _content;
    private readonly CertificateLimits _limits;
    private UserIdPart? _userId;
    private SubkeyPart? _subkey;
    private UnknownPart? _unknown;

    private CertificateReader(PublicKeyPacket primary, CertificateLimits limits)
    {
        _content = new CertificateContent(primary);
        _limits = limits;
    }

    /// <summary>Reads packets whose secret keys, if any, were made public before.</summary>
    public static CertificateContent Read(List<Packet> packets, CertificateLimits limits)
    {
        if (packets is not [{ Tag: PacketTag.PublicKey } first, ..])
        {
            throw new OpenPgpFormatException(
                packets is [{ Tag: PacketTag.SecretKey }, ..] ? "This is a secret key, not a certificate." : "This is not an OpenPGP certificate.");
        }

        var reader = new CertificateReader(PublicKeyPacket.Parse(first.Body.Span), limits);
        foreach (var packet in packets.Skip(1))
        {
            reader.Next(packet);
        }

        reader._content.Tidy(limits.MaxSignaturesByOthers);
        return reader._content;
    }

    private void Next(Packet packet)
    {
        switch (packet.Tag)
        {
            case PacketTag.Signature when _unknown is not null:
                _unknown.Signatures.Add(packet);
                break;
            case PacketTag.Signature:
                AddSignature(packet.Body.Span);
                break;
            case PacketTag.UserId or PacketTag.UserAttribute:
                BeginUserId(new UserIdPart(packet.Body, packet.Tag == PacketTag.UserAttribute));
                break;
            case PacketTag.PublicSubkey:
                BeginSubkey(packet);
                break;
            case PacketTag.PublicKey:
                throw new OpenPgpFormatException("There is more than one certificate.");
            case PacketTag.SecretKey or PacketTag.SecretSubkey:
                throw new OpenPgpFormatException("There is a secret key in the certificate.");
            case PacketTag.Trust or PacketTag.Marker or PacketTag.Padding:
                break;
            default:
                // Types from 40 on may be left out by who does not know them (RFC 9580 §4.3).
                BeginUnknown((int)packet.Tag >= 40 ? packet : throw new OpenPgpFormatException($"A packet of type {(int)packet.Tag} does not belong in a certificate."));
                break;
        }
    }

    // A part that comes twice, as careless programs join copies, is one part.
    private void BeginUserId(UserIdPart userId)
    {
        (_subkey, _unknown) = (null, null);
        _userId = _content.UserIds.Find(known => known.IsSameAs(userId));
        if (_userId is null)
        {
            _content.UserIds.Add(_userId = userId);
            Require(_content.UserIds.Count <= _limits.MaxUserIds, "user ids");
        }
    }

    private void BeginSubkey(Packet packet)
    {
        // The parts of a certificate are of one version (RFC 9580 §10.1.1).
        if (packet.Body.Span is not [var version, ..] || version != _content.Primary.Version)
        {
            BeginUnknown(packet);
            return;
        }

        (_userId, _unknown) = (null, null);
        var key = PublicKeyPacket.Parse(packet.Body.Span);
        _subkey = _content.Subkeys.Find(known => known.Key.Body.AsSpan().SequenceEqual(key.Body));
        if (_subkey is null)
        {
            _content.Subkeys.Add(_subkey = new SubkeyPart(key));
            Require(_content.Subkeys.Count <= _limits.MaxSubkeys, "subkeys");
        }
    }

    private void BeginUnknown(Packet packet)
    {
        (_userId, _subkey) = (null, null);
        var unknown = new UnknownPart(packet, []);
        _unknown = _content.Unknown.Find(known => known.IsSameAs(unknown));
        if (_unknown is null)
        {
            _content.Unknown.Add(_unknown = unknown);
        }
    }

    private static void Require(bool isWithin, string what)
    {
        if (!isWithin)
        {
            throw new OpenPgpFormatException($"The certificate has more {what} than the limits allow.");
        }
    }

    private void AddSignature(ReadOnlySpan<byte> body)
    {
        var part = _subkey?.Signatures ?? _userId?.Signatures ?? _content.Signatures;
        if (SignaturePacket.TryParse(body) is not { } signature)
        {
            return;
        }

        if (!signature.MayBeFrom(_content.Primary))
        {
            AddOther(part, signature);
            return;
        }

        var isRevocation = signature.Type == (_subkey is not null ? SignatureType.SubkeyRevocation
            : _userId is not null ? SignatureType.CertificationRevocation : SignatureType.KeyRevocation);
        if (!isRevocation && !IsOwnKind(signature))
        {
            AddOther(part, signature);
        }
        else if (!IsCredible(signature, isRevocation))
        {
            Blame(part, KeyFault.WeakSelfSignature);
        }
        else if (Verify(signature))
        {
            AddOwn(part, signature, isRevocation);
        }
        else
        {
            AddOther(part, signature);
        }
    }

    private void AddOwn(PartSignatures part, SignaturePacket signature, bool isRevocation)
    {
        if (isRevocation)
        {
            part.Revocations.Add(signature);
        }
        else if (_subkey is not null && ((signature.Flags ?? KeyFlags.None) & (KeyFlags.Sign | KeyFlags.Certify)) != 0 && !HasBackSignature(signature, _subkey))
        {
            Blame(part, KeyFault.NoBackSignature);
        }
        else
        {
            part.Own.Add(signature);
        }
    }

    private bool IsOwnKind(SignaturePacket signature)
        => _subkey is not null ? signature.Type == SignatureType.SubkeyBinding
            : _userId is not null ? signature.IsCertification
            : signature.Type == SignatureType.DirectKey;

    // Nobody could sign with a key before it was made.
    private bool IsCredible(SignaturePacket signature, bool isRevocation)
        => signature.Created is { } created && (isRevocation
            ? HashPolicy.IsGoodForRevocation(signature.Hash)
            : HashPolicy.IsGoodForSelfSignature(signature.Hash, created) && created >= _content.Primary.Created - Algorithms.ClockSkew);

    private bool Verify(SignaturePacket signature)
        => _subkey is not null ? signature.Verify(_content.Primary, _content.Primary.HashPrefix, _subkey.Key.HashPrefix)
            : _userId is not null ? signature.Verify(_content.Primary, _content.Primary.HashPrefix, _userId.HashPrefix)
            : signature.Verify(_content.Primary, _content.Primary.HashPrefix);

    // A signing subkey must say itself that it belongs here, else anyone could claim someone's signatures (RFC 9580 §5.2.1.9).
    private bool HasBackSignature(SignaturePacket binding, SubkeyPart subkey)
        => binding.Says.Embedded.Exists(body => SignaturePacket.TryParse(body) is { Type: SignatureType.PrimaryKeyBinding, Created: { } created } back
            && HashPolicy.IsGoodForSelfSignature(back.Hash, created)
            && back.Verify(subkey.Key, _content.Primary.HashPrefix, subkey.Key.HashPrefix));

    // What others say is kept for those who ask for it; what its signer wants to stay with him is not passed on.
    private static void AddOther(PartSignatures part, SignaturePacket signature)
    {
        if (signature.Says.IsExportable)
        {
            part.Others.Add(signature);
        }
    }

    private static void Blame(PartSignatures part, KeyFault fault) => part.Fault = (KeyFault)Math.Max((int)part.Fault, (int)fault);
}
