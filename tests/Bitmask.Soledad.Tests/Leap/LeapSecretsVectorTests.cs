using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Soledad.Leap;
using Bitmask.Testing;
using static Bitmask.Soledad.Tests.Leap.LeapVectorTests;

namespace Bitmask.Soledad.Tests.Leap;

public sealed class LeapSecretsVectorTests
{
    [Fact]
    public void Version1_Vectors_Open()
    {
        const string file = "soledad/secrets_v1.json";
        using var vectors = Vectors.Read(file);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            using var secrets = LeapSecretsFile.Open(File(vector), Text(vector, "passphrase"));
            AssertSecrets(vector.GetProperty("expect"), secrets);
            cases++;
        }

        Vectors.Report(file, cases);
    }

    [Fact]
    public void Version2_Vectors_OpenAndDeriveTheLocalKey()
    {
        const string file = "soledad/secrets_v2.json";
        using var vectors = Vectors.Read(file);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var passphrase = Text(vector, "passphrase");
            using var secrets = LeapSecretsFile.Open(File(vector), passphrase);
            AssertSecrets(vector.GetProperty("secrets"), secrets);
            using var asWritten = LeapSecretsFile.Open(Encoding.UTF8.GetBytes(Text(vector, "secrets_file_as_written")), passphrase);
            AssertSecrets(vector.GetProperty("secrets"), asWritten);

            using var localKey = secrets.DeriveLocalKey();
            Assert.Equal(Text(vector, "local_key_hex"), Convert.ToHexStringLower(localKey.Span));
            using var derived = LeapCipher.Scrypt(Encoding.UTF8.GetBytes(passphrase), Hex(vector, "kdf_salt_hex"));
            Assert.Equal(Text(vector, "derived_key_hex"), Convert.ToHexStringLower(derived.Span));

            using var again = LeapSecretsFile.Open(LeapSecretsFile.Seal(secrets, passphrase, Hex(vector, "kdf_salt_hex"), Hex(vector, "iv_hex")), passphrase);
            AssertSecrets(vector.GetProperty("secrets"), again);
            cases++;
        }

        Vectors.Report(file, cases);
    }

    [Fact]
    public void Version2_TamperVectors_AreRefused()
    {
        const string file = "soledad/secrets_v2.json";
        using var vectors = Vectors.Read(file);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("decrypt_and_tamper").EnumerateArray())
        {
            if (Text(vector, "required_result") == "accept")
            {
                LeapSecretsFile.Open(File(vector), Text(vector, "passphrase")).Dispose();
            }
            else
            {
                var refusal = Assert.ThrowsAny<SoledadException>(() => LeapSecretsFile.Open(File(vector), Text(vector, "passphrase")));
                Assert.Equal(Text(vector, "name") is "wrong-passphrase" or "ciphertext-flip" ? SoledadCodes.WrongPassphrase : SoledadCodes.SecretsDamaged, refusal.Code);
            }

            cases++;
        }

        Vectors.Report(file, cases);
    }

    [Fact]
    public void Seal_NewSecrets_OpenAgainUnderTheSamePassphraseOnly()
    {
        using var secrets = LeapSecrets.Create();
        var file = LeapSecretsFile.Seal(secrets, "päss");
        using var again = LeapSecretsFile.Open(file, "päss");
        Assert.Equal(secrets.RemoteSecret.Span, again.RemoteSecret.Span);
        Assert.Throws<WrongPassphraseException>(() => LeapSecretsFile.Open(file, "pass"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"version\": 3}")]
    [InlineData("{\"version\": \"2\"}")]
    [InlineData("{\"storage_secrets\": {}}")]
    [InlineData("{\"storage_secrets\": {\"a\": 1}}")]
    public void Open_Garbage_SaysDamaged(string text)
        => Assert.Equal(SoledadCodes.SecretsDamaged, Assert.Throws<SoledadException>(() => LeapSecretsFile.Open(Encoding.UTF8.GetBytes(text), "x")).Code);

    private static byte[] File(JsonElement vector) => Encoding.UTF8.GetBytes(vector.GetProperty("secrets_file").GetRawText());

    private static void AssertSecrets(JsonElement expected, LeapSecrets actual)
    {
        Assert.Equal(Text(expected, "remote_secret"), HexOf(actual.RemoteSecret));
        Assert.Equal(Text(expected, "local_salt"), HexOf(actual.LocalSalt));
        Assert.Equal(Text(expected, "local_secret"), HexOf(actual.LocalSecret));
    }

    private static string HexOf(SecretBytes secret) => Convert.ToHexStringLower(secret.Span);
}
