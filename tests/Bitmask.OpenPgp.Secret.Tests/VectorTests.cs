using System.Text;
using System.Text.Json;
using Bitmask.Testing;

namespace Bitmask.OpenPgp.Secret.Tests;

public class VectorTests
{
    [Fact]
    public void Parse_KeysOfTheAutocryptVectors_AllThreeBothHalves()
    {
        using var file = Vectors.Read("provider/autocrypt.json");
        foreach (var entry in file.RootElement.GetProperty("keys").EnumerateObject())
        {
            var certificate = OpenPgpCertificate.Parse(entry.Value.GetProperty("public_armored").GetString()!);
            var minimal = OpenPgpCertificate.Parse(Convert.FromBase64String(entry.Value.GetProperty("keydata_base64").GetString()!));
            using var secret = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(entry.Value.GetProperty("secret_armored_unprotected").GetString()!));
            var now = certificate.Created.AddDays(1);

            Assert.Equal(entry.Value.GetProperty("fingerprint").GetString(), certificate.Fingerprint.Value);
            Assert.Equal(certificate.Fingerprint, minimal.Fingerprint);
            Assert.Equal(certificate.Fingerprint, secret.Fingerprint);
            Assert.Equal(entry.Name + "@example.org", Assert.Single(certificate.Addresses).Address);
            Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(MessageEncryptor.Encrypt("x"u8, [minimal], now), [secret], [], now));
        }
    }

    [Fact]
    public void Decrypt_LeapMxDocumentAndBlob_TheMailInside()
    {
        using var file = Vectors.Read("provider/leap_mx.json");
        using var keys = Vectors.Read("provider/autocrypt.json");
        var root = file.RootElement;
        using var alice = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(keys.RootElement.GetProperty("keys").GetProperty("alice").GetProperty("secret_armored_unprotected").GetString()!));
        var expected = root.GetProperty("plaintext_before_encryption").GetString()!;

        var document = root.GetProperty("couch_document").GetProperty("content").GetProperty("_enc_json").GetString()!;
        var api = root.GetProperty("incoming_api").GetProperty("body").GetString()!;
        var blob = root.GetProperty("blob").GetProperty("preamble_base64url").GetString() + " " + api;

        foreach (var message in (string[])[document, api, blob[(blob.IndexOf(' ') + 1)..]])
        {
            var opened = Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(Encoding.ASCII.GetBytes(message), [alice], [], alice.Certificate.Created));
            using var inside = JsonDocument.Parse(opened.Data);
            Assert.True(inside.RootElement.GetProperty("incoming").GetBoolean());
            Assert.Equal(root.GetProperty("maildir_file").GetString(), inside.RootElement.GetProperty("content").GetString());
            Assert.Equal(expected, Encoding.UTF8.GetString(opened.Data).Replace("\\u00fc", "ü", StringComparison.Ordinal).Replace("\\u00df", "ß", StringComparison.Ordinal));
        }

        Assert.Equal(root.GetProperty("recipient_fingerprint").GetString(), alice.Fingerprint.Value);
        Vectors.Report("provider/leap_mx.json", 3);
    }
}
