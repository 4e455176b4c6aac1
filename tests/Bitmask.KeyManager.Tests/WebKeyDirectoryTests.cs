using System.Text;
using Bitmask.Keys.Discovery;
using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.Keys.Tests;

public class WebKeyDirectoryTests
{
    [Fact]
    public void Names_OfTheVectors_Same()
    {
        using var file = Vectors.Read("provider/wkd_dane.json");
        var ran = 0;
        foreach (var row in file.RootElement.GetProperty("zbase32").EnumerateArray())
        {
            var encoded = row.TryGetProperty("bits", out var bits) ? EncodeBits(bits.GetString()!) : ZBase32.Encode(Convert.FromHexString(row.GetProperty("hex").GetString()!));
            Assert.Equal(row.GetProperty("encoded").GetString(), encoded);
            ran++;
        }

        foreach (var row in file.RootElement.GetProperty("wkd").EnumerateArray())
        {
            var address = EmailAddress.Parse(row.GetProperty("address").GetString()!);

            Assert.Equal(row.GetProperty("mapped_local_part").GetString(), WebKeyDirectory.MappedLocalPart(address));
            Assert.Equal(row.GetProperty("hash").GetString(), WebKeyDirectory.HashOf(address));
            Assert.Equal(row.GetProperty("advanced").GetString(), WebKeyDirectory.Advanced(address).AbsoluteUri);
            Assert.Equal(row.GetProperty("direct").GetString(), WebKeyDirectory.Direct(address).AbsoluteUri);
            Assert.Equal(row.GetProperty("policy_advanced").GetString(), WebKeyDirectory.Policy(address, isAdvanced: true).AbsoluteUri);
            Assert.Equal(row.GetProperty("policy_direct").GetString(), WebKeyDirectory.Policy(address, isAdvanced: false).AbsoluteUri);
            ran++;
        }

        // DANE is left out on purpose (security.md): nothing here makes or asks the names of dane_openpgpkey.
        Vectors.Report("provider/wkd_dane.json", ran);
    }

    [Fact]
    public void MappedLocalPart_LettersBeyondAscii_KeptAsTheyAre()
        => Assert.Equal("jÖrg", WebKeyDirectory.MappedLocalPart(EmailAddress.Parse("JÖRG@example.org")));

    [Fact]
    public void Split_SeveralAndTornOff_WholeOnesOnly()
    {
        byte[] first = [0xC6, 2, 1, 2, 0xCD, 1, 65], second = [0x99, 0, 1, 7];

        Assert.Equal([0..7, 7..11], CertificateBundle.Split([.. first, .. second, 0xC6, 9, 1]));
        Assert.Empty(CertificateBundle.Split(Encoding.ASCII.GetBytes("<html>")));
        Assert.Equal(CertificateBundle.MaxCertificates, CertificateBundle.Split([.. Enumerable.Repeat(second, 100).SelectMany(b => b)]).Count);
    }

    private static string EncodeBits(string bits)
    {
        var octets = new byte[(bits.Length + 7) / 8];
        for (var i = 0; i < bits.Length; i++)
        {
            octets[i / 8] |= (byte)((bits[i] - '0') << (7 - (i % 8)));
        }

        return ZBase32.EncodeBits(octets, bits.Length);
    }
}
