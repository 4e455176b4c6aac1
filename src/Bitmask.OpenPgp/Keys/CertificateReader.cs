using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>
/// Reads the packets of one certificate (RFC 9580 §10.1.1) and checks each signature by its own primary key over the part that it
/// stands at. What does not hold is dropped here; nobody else has to ask.
/// </summary>
internal sealed class CertificateReader
{
    private readonly CertificateContent _content;
    private readonly byte[] _primaryHash;
    private UserIdPart? _userId;
    private SubkeyPart? _subkey;
    private bool _isSkipping;

    private CertificateReader(PublicKeyPacket primary)
    {
        _content = new CertificateContent(primary);
        _primaryHash = primary.HashPrefix;
    }

    /// <summary>Reads packets whose secret keys, if any, were made public before.</summary>
    public static CertificateContent Read(List<Packet> packets)
    {
        if (packets is not [{ Tag: PacketTag.PublicKey } first, ..])
        {
            throw new OpenPgpFormatException(
                packets is [{ Tag: PacketTag.SecretKey }, ..] ? "This is a secret key, not a certificate." : "This is not an OpenPGP certificate.");
        }

        var reader = new CertificateReader(PublicKeyPacket.Parse(first.Body.Span));
        foreach (var packet in packets.Skip(1))
        {
            reader.Next(packet);
        }

        reader.Sort();
        return reader._content;
    }

    private void Next(Packet packet)
    {
        switch (packet.Tag)
        {
            case PacketTag.Signature when !_isSkipping:
                AddSignature(packet.Body.Span);
                break;
            case PacketTag.UserId:
                _content.UserIds.Add(_userId = new UserIdPart(packet.Body));
                (_subkey, _isSkipping) = (null, false);
                break;
            case PacketTag.PublicSubkey:
                BeginSubkey(packet.Body.Span);
                break;
            case PacketTag.PublicKey:
                throw new OpenPgpFormatException("There is more than one certificate.");
            case PacketTag.SecretKey or PacketTag.SecretSubkey:
                throw new OpenPgpFormatException("There is a secret key in the certificate.");
            case PacketTag.Signature or PacketTag.Trust or PacketTag.Marker or PacketTag.Padding:
                break;
            case PacketTag.UserAttribute:
                _isSkipping = true;
                break;
            default:
                // Types from 40 on may be left out by who does not know them (RFC 9580 §4.3).
                _isSkipping = (int)packet.Tag >= 40 ? true : throw new OpenPgpFormatException($"A packet of type {(int)packet.Tag} does not belong in a certificate.");
                break;
        }
    }

    private void BeginSubkey(ReadOnlySpan<byte> body)
    {
        (_userId, _isSkipping) = (null, false);
        if (body is [4, ..])
        {
            _content.Subkeys.Add(_subkey = new SubkeyPart(PublicKeyPacket.Parse(body)));
        }
        else
        {
            (_subkey, _isSkipping) = (null, true);
        }
    }

    private void AddSignature(ReadOnlySpan<byte> body)
    {
        if (SignaturePacket.TryParse(body) is not { Created: { } created } signature)
        {
            return;
        }

        if (!signature.MayBeFrom(_content.Primary) || !Algorithms.IsGoodForSelfSignature(signature.Hash, created))
        {
            _userId?.Others.Add(signature);
        }
        else if (_subkey is not null)
        {
            AddToSubkey(signature, _subkey);
        }
        else if (_userId is not null)
        {
            AddToUserId(signature, _userId);
        }
        else if (signature.Type is SignatureType.DirectKey or SignatureType.KeyRevocation && signature.Verify(_content.Primary, _primaryHash))
        {
            (signature.Type == SignatureType.DirectKey ? _content.DirectSignatures : _content.Revocations).Add(signature);
        }
    }

    private void AddToUserId(SignaturePacket signature, UserIdPart userId)
    {
        var isRevocation = signature.Type == SignatureType.CertificationRevocation;
        var isCertification = signature.Type is >= SignatureType.GenericCertification and <= SignatureType.PositiveCertification;
        if ((isRevocation || isCertification) && signature.Verify(_content.Primary, _primaryHash, userId.HashPrefix))
        {
            (isRevocation ? userId.Revocations : userId.SelfSignatures).Add(signature);
        }
    }

    private void AddToSubkey(SignaturePacket signature, SubkeyPart subkey)
    {
        if (signature.Type is not (SignatureType.SubkeyBinding or SignatureType.SubkeyRevocation)
            || !signature.Verify(_content.Primary, _primaryHash, subkey.Key.HashPrefix))
        {
            return;
        }

        if (signature.Type == SignatureType.SubkeyRevocation)
        {
            subkey.Revocations.Add(signature);
        }
        else if (((signature.Flags ?? KeyFlags.None) & (KeyFlags.Sign | KeyFlags.Certify)) == 0 || HasBackSignature(signature, subkey))
        {
            subkey.Bindings.Add(signature);
        }
    }

    // A signing subkey must say itself that it belongs here, else anyone could claim someone's signatures (RFC 9580 §5.2.1.9).
    private bool HasBackSignature(SignaturePacket binding, SubkeyPart subkey)
        => binding.Embedded is not null
            && SignaturePacket.TryParse(binding.Embedded) is { Type: SignatureType.PrimaryKeyBinding, Created: { } created } back
            && Algorithms.IsGoodForSelfSignature(back.Hash, created)
            && back.Verify(subkey.Key, _primaryHash, subkey.Key.HashPrefix);

    private void Sort()
    {
        Sort(_content.DirectSignatures);
        Sort(_content.Revocations);
        foreach (var userId in _content.UserIds)
        {
            Sort(userId.SelfSignatures);
            Sort(userId.Revocations);
        }

        foreach (var subkey in _content.Subkeys)
        {
            Sort(subkey.Bindings);
            Sort(subkey.Revocations);
        }
    }

    private static void Sort(List<SignaturePacket> signatures) => signatures.Sort((a, b) => Nullable.Compare(b.Created, a.Created));
}
