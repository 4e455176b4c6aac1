using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace SealFile;

/// <summary>Signs and encrypts files, and opens and verifies them, by streams: a file may be larger than the memory.</summary>
public static class SealApp
{
    private const string Usage = "usage: SealFile key ADDRESS FOLDER | seal FROM.key TO.cert FILE SEALED | open TO.key FROM.cert SEALED FILE";

    public static int Run(string[] args, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        try
        {
            return args switch
            {
                ["key", var address, var folder] => MakeKey(EmailAddress.Parse(address), folder, clock.GetUtcNow(), output),
                ["seal", var from, var to, var file, var sealedFile] => Seal(from, to, file, sealedFile, clock.GetUtcNow()),
                ["open", var to, var from, var sealedFile, var file] => Open(to, from, sealedFile, file, clock.GetUtcNow(), output, errors),
                _ => Fail(errors, Usage),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or UnusableKeyException)
        {
            return Fail(errors, e.Message);
        }
    }

    private static int MakeKey(EmailAddress address, string folder, DateTimeOffset now, TextWriter output)
    {
        using var key = OpenPgpSecretKey.Generate(address, now);
        var name = Path.Combine(folder, address.Address);
        var onlyMine = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var file = new StreamWriter(name + ".key", onlyMine))
        {
            file.Write(key.ExportArmor());
        }

        File.WriteAllText(name + ".cert", key.Certificate.ToArmor());
        output.WriteLine($"{name}.key (keep it), {name}.cert (give it away): {key.Fingerprint}");
        return 0;
    }

    private static int Seal(string from, string to, string file, string sealedFile, DateTimeOffset now)
    {
        using var signer = OpenPgpSecretKey.Parse(File.ReadAllBytes(from));
        using var input = File.OpenRead(file);
        using var message = File.Create(sealedFile);
        var options = new EncryptionOptions { Recipients = [OpenPgpCertificate.Parse(File.ReadAllBytes(to))], Now = now, Armor = false };
        MessageSigner.EncryptAndSign(input, message, signer, options);
        return 0;
    }

    private static int Open(string to, string from, string sealedFile, string file, DateTimeOffset now, TextWriter output, TextWriter errors)
    {
        using var key = OpenPgpSecretKey.Parse(File.ReadAllBytes(to));
        using var message = File.OpenRead(sealedFile);
        // What is larger than four MiB waits, sealed, beside the file that it will become.
        using var spool = new PlaintextSpool(Path.GetDirectoryName(Path.GetFullPath(file)));
        var options = new DecryptionOptions { Keys = [key], Signers = [OpenPgpCertificate.Parse(File.ReadAllBytes(from))], Now = now };
        switch (MessageDecryptor.Decrypt(message, spool, options))
        {
            case MessageReading.Opened { Signatures: [{ Status: SignatureStatus.Good } signature] }:
                using (var plain = spool.OpenRead())
                using (var target = File.Create(file))
                {
                    plain.CopyTo(target);
                }

                output.WriteLine($"{spool.Length} octets, signed by {signature.Signer} at {signature.Created:u}");
                return 0;
            case MessageReading.Opened:
                return Fail(errors, "It is not signed by that sender.");
            case MessageReading.NoKey:
                return Fail(errors, "It is for somebody else.");
            case MessageReading.Damaged damaged:
                return Fail(errors, damaged.Reason);
            default:
                throw new InvalidOperationException("There is no other answer.");
        }
    }

    private static int Fail(TextWriter errors, string reason)
    {
        errors.WriteLine(reason);
        return 1;
    }
}
