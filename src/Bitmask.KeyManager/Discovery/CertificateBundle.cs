using Bitmask.OpenPgp;

namespace Bitmask.Keys.Discovery;

/// <summary>Several certificates one after the other, in binary, as a web key directory may answer.</summary>
internal static class CertificateBundle
{
    /// <summary>Most certificates that are looked at.</summary>
    public const int MaxCertificates = 8;

    private const int PublicKeyTag = 6;

    /// <summary>
    /// The certificates that can be read; empty when the octets are none at all. Each begins with a public key packet; only where packets
    /// begin is looked at here, the rest is the parser's.
    /// </summary>
    public static List<OpenPgpCertificate> Read(ReadOnlySpan<byte> octets)
    {
        var found = new List<OpenPgpCertificate>();
        foreach (var range in Split(octets))
        {
            try
            {
                found.Add(OpenPgpCertificate.Parse(octets[range]));
            }
            catch (OpenPgpFormatException)
            {
                // The others may be good.
            }
        }

        return found;
    }

    internal static List<Range> Split(ReadOnlySpan<byte> octets)
    {
        var ranges = new List<Range>();
        var (start, at) = (0, 0);
        while (at < octets.Length && ranges.Count < MaxCertificates)
        {
            if (Next(octets[at..], out var tag) is not { } length || length > octets.Length - at)
            {
                break;
            }

            if (tag == PublicKeyTag && at > start)
            {
                ranges.Add(start..at);
                start = at;
            }

            at += length;
        }

        if (at > start && ranges.Count < MaxCertificates)
        {
            ranges.Add(start..at);
        }

        return ranges;
    }

    /// <summary>Length of the packet at the beginning, header included (RFC 9580 §4.2); null when there is none of known length.</summary>
    private static int? Next(ReadOnlySpan<byte> rest, out int tag)
    {
        tag = 0;
        if (rest.Length < 2 || (rest[0] & 0x80) == 0)
        {
            return null;
        }

        if ((rest[0] & 0x40) != 0)
        {
            tag = rest[0] & 0x3F;
            return rest[1] switch
            {
                < 192 => 2 + rest[1],
                < 224 when rest.Length >= 3 => 3 + ((rest[1] - 192) << 8) + rest[2] + 192,
                255 when rest.Length >= 6 => Sum(6, rest[2..6]),
                _ => null,
            };
        }

        tag = (rest[0] >> 2) & 0x0F;
        var octets = 1 << (rest[0] & 3);
        return octets > 4 || rest.Length < 1 + octets ? null : Sum(1 + octets, rest[1..(1 + octets)]);
    }

    private static int? Sum(int header, ReadOnlySpan<byte> digits)
    {
        long length = 0;
        foreach (var digit in digits)
        {
            length = (length << 8) | digit;
        }

        return header + length <= int.MaxValue ? (int)(header + length) : null;
    }
}
