using Bitmask.Keys;
using Bitmask.Keys.Discovery;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.KeyDirectory;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>What key servers answer, and what mail shows of keys.</summary>
internal static class KeyTargets
{
    private static readonly EmailAddress Bob = EmailAddress.Parse("bob@blue.test");
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly Lazy<OpenPgpCertificate> Key = new(() =>
    {
        using var key = OpenPgpSecretKey.Generate(Bob, Now);
        return key.Certificate;
    });

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("autocrypt-header", "Bitmask.KeyManager", () => [Octets(AutocryptHeader.Format(Bob, Key.Value, Now, true)!), Octets("addr=a@b.test; _x=1; prefer-encrypt=mutual; keydata=AAAA"), Octets(";;=;addr=;")], Autocrypt, 4),
        new("key-directory-answers", "Bitmask.KeyManager", () => [Key.Value.ToBinary(), [.. Key.Value.ToBinary(), .. Key.Value.ToBinary()], Octets(Key.Value.ToArmor()), new NicknymReply { Address = Bob.Address, OpenPgp = Key.Value.ToArmor() }.ToBytes()], Answers, 4),
        new("fingerprint-text", "Bitmask.KeyManager", () => [Octets(FingerprintText.ToQrText(Key.Value.Fingerprint, Bob)), Octets("0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567")], octets =>
            That(FingerprintText.Parse(Utf8(octets)) is not { } read || FingerprintText.Parse(read.Value) == read, "a fingerprint written and read is the same")),
    ];

    private static void Autocrypt(byte[] octets)
    {
        if (AutocryptHeader.Parse(Utf8(octets)) is { } header && header.Certificate.HasAddress(header.Address) && AutocryptHeader.Format(header.Address, header.Certificate, Now, header.PrefersEncryption) is { } written)
        {
            var again = AutocryptHeader.Parse(written);
            That(again is not null && again.Address.Equals(header.Address) && again.Certificate.Fingerprint == header.Certificate.Fingerprint && again.PrefersEncryption == header.PrefersEncryption, "a header written and read is the same");
        }
    }

    private static void Answers(byte[] octets)
    {
        That(CertificateBundle.Split(octets).All(range => range.Start.Value < range.End.Value && range.End.Value <= octets.Length), "parts lie inside");
        That(WkdClient.Read(octets, Bob, Now, "It") is not DirectoryAnswer.Certificate { Value: var found } || found.HasAddress(Bob), "a key that is taken carries the address");
        KeyServerClient.Read(octets);
        NicknymClient.Read(octets, Bob);
    }
}
