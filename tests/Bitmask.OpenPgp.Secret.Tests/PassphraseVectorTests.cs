using System.Text;
using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>The messages that RFC 9580 prints in appendix A and that a passphrase opens.</summary>
[Collection(nameof(MuchMemory))]
public class PassphraseVectorTests
{
    [Theory]
    [InlineData("a9_eax.asc", "EAX")]
    [InlineData("a10_ocb.asc", "OCB")]
    [InlineData("a11_gcm.asc", "GCM")]
    public void Decrypt_Aead_HelloWorld(string file, string mode)
    {
        var (reading, text) = Decrypt(file);

        Assert.Equal(("AES128", mode, "Hello, world!"), (reading.Cipher, reading.Mode, text));
    }

    /// <summary>Each takes 2 GiB of memory, which is the point of Argon2; one stands for the three, which differ in their ciphers.</summary>
    [Fact]
    [Trait("Kind", "large")]
    public void Decrypt_Argon2_HelloWorld()
    {
        var (reading, text) = Decrypt("a12_argon2_aes192.asc");

        Assert.Equal(("AES192", null, "Hello, world!"), (reading.Cipher, reading.Mode, text));
    }

    [Theory]
    [InlineData("a12_argon2_aes128.asc")]
    [InlineData("a12_argon2_aes192.asc")]
    [InlineData("a12_argon2_aes256.asc")]
    public void Decrypt_Argon2BeyondTheLimit_RefusedAtOnce(string file)
    {
        using var message = File.OpenRead(Path.Combine(Vectors.Folder, "openpgp", file));
        using var passphrase = new SecretBytes("password"u8);
        using var spool = new PlaintextSpool();
        var options = new DecryptionOptions { Passphrases = [passphrase], Now = People.Now, Limits = new MessageLimits { MaxPassphraseMebibytes = 64 } };

        Assert.Contains("limits", Assert.IsType<MessageReading.Damaged>(MessageDecryptor.Decrypt(message, spool, options)).Reason);
    }

    private static (MessageReading.Opened Reading, string Text) Decrypt(string file)
    {
        using var message = File.OpenRead(Path.Combine(Vectors.Folder, "openpgp", file));
        using var passphrase = new SecretBytes("password"u8);
        using var spool = new PlaintextSpool();
        var reading = Assert.IsType<MessageReading.Opened>(MessageDecryptor.Decrypt(message, spool, new DecryptionOptions { Passphrases = [passphrase], Now = People.Now }));
        return (reading, Encoding.UTF8.GetString(spool.ToArray()));
    }
}
