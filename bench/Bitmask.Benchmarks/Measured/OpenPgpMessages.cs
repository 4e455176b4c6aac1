using System.Diagnostics;
using System.Globalization;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Testing;
using Bitmask.Testing.Peers;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// Messages signed and encrypted, and opened and verified, from file to file: here in this process, by gpg and by sq in one process for each. What such a
/// process takes for a message of one octet is its start, which is told apart and taken off. Beside the time stands the processor's, of all threads and
/// of the process that was started: it says the same on a busy machine.
/// </summary>
internal static class OpenPgpMessages
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    public static Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        using var alice = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), Now.AddHours(-1));
        using var gpg = new Gpg();
        using var sq = new Sq();
        gpg.Import(alice.Export());
        var (secret, certificate) = (sq.WriteFile(alice.Export()), sq.WriteFile(alice.Certificate.ToBinary()));
        string[] gpgEncrypt = ["-z", "0", "--cipher-algo", "AES256", "--digest-algo", "SHA512", "-r", "alice@red.test", "--sign", "--encrypt"];
        string[] sqEncrypt = ["--force", "encrypt", "--binary", "--compression", "none", "--recipient-cert", certificate, "--signer-key", secret];
        string[] sqDecrypt = ["--force", "decrypt", "--recipient-key", secret, "--signer-cert", certificate];
        var starts = new Dictionary<string, (double Time, double Processor)>();
        foreach (var octets in (int[])[1, 10 * 1024, 1024 * 1024, 25 * 1024 * 1024])
        {
            var (plain, message, copy) = (Path.Combine(folder.FullName, "plain"), Path.Combine(folder.FullName, "message"), Path.Combine(folder.FullName, "copy"));
            var data = new byte[octets];
            new Random(octets).NextBytes(data);
            File.WriteAllBytes(plain, data);
            var rounds = octets > 1024 * 1024 ? 15 : 60;
            var results = new Dictionary<string, (List<double> Times, List<double> Processor)>();
            void Time(string name, Action work)
            {
                var (processor, start) = (Processor(), Stopwatch.GetTimestamp());
                work();
                var (times, used) = results.TryGetValue(name, out var lists) ? lists : results[name] = ([], []);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                used.Add(Processor() - processor);
            }

            for (var round = 0; round < rounds; round++)
            {
                Time("enc gpg", () => gpg.Run([.. gpgEncrypt, "-o", message + ".gpg", plain], []).Succeeded());
                Time("enc sq", () => sq.Run([.. sqEncrypt, "-o", message + ".sq", plain], ReadOnlyMemory<byte>.Empty).Succeeded());
                Time("enc here", () => Encrypt(plain, message, alice, MessageProtection.Mdc));
                Time("enc here OCB", () => Encrypt(plain, message + ".ocb", alice, MessageProtection.Ocb));
                Time("dec gpg", () => gpg.Run(["-o", copy, "--decrypt", message], []).Succeeded());
                Time("dec sq", () => sq.Run([.. sqDecrypt, "-o", copy, message], ReadOnlyMemory<byte>.Empty).Succeeded());
                Time("dec here", () => Decrypt(message, copy, alice, folder.FullName, 64 * 1024 * 1024));
                Time("dec here OCB", () => Decrypt(message + ".ocb", copy, alice, folder.FullName, 64 * 1024 * 1024));
                Time("dec here, sealed spool", () => Decrypt(message, copy, alice, folder.FullName, 0));
            }

            foreach (var (name, (times, used)) in results)
            {
                // The mean of the processor's time: the system counts that of others in hundredths of a second.
                var (median, processor) = (times.Order().ElementAt(times.Count / 2), used.Average());
                if (octets == 1)
                {
                    starts[name] = (median, processor);
                }

                var start = name.Contains("here", StringComparison.Ordinal) ? default : starts[name];
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{octets,9} octets  {name,-24} {median - start.Time,8:0.00} ms  CPU {processor - start.Processor,7:0.00} ms  (start {start.Time:0.0} ms, CPU {start.Processor:0.0} ms)"));
            }
        }

        Memory(folder.FullName, alice);
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    // Milliseconds of this process and of those that it waited for (proc(5): utime, stime, cutime, cstime).
    private static double Processor()
    {
        var fields = File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ');
        var children = long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture);
        return Environment.CpuUsage.TotalTime.TotalMilliseconds + (10.0 * children);
    }

    private static void Memory(string folder, OpenPgpSecretKey alice)
    {
        foreach (var mebibytes in (int[])[1, 25, 200])
        {
            var (plain, message, copy) = (Path.Combine(folder, "plain"), Path.Combine(folder, "message"), Path.Combine(folder, "copy"));
            File.WriteAllBytes(plain, new byte[mebibytes * 1024 * 1024]);
            var name = string.Create(CultureInfo.InvariantCulture, $"{mebibytes} MiB through");
            var measurement = new Measurement(name);
            measurement.RunAsync(() =>
            {
                Encrypt(plain, message, alice, MessageProtection.Mdc);
                Decrypt(message, copy, alice, folder, 1024 * 1024);
                return Task.CompletedTask;
            }).GetAwaiter().GetResult();
            Console.WriteLine(measurement.Line());
        }
    }

    private static void Encrypt(string plain, string message, OpenPgpSecretKey alice, MessageProtection protection)
    {
        using var input = new FileStream(plain, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var output = new FileStream(message, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        MessageSigner.EncryptAndSign(input, output, alice, new EncryptionOptions { Recipients = [alice.Certificate], Now = Now, Protection = protection, Armor = false });
    }

    private static void Decrypt(string message, string copy, OpenPgpSecretKey alice, string folder, int memory)
    {
        using var input = new FileStream(message, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var output = new FileStream(copy, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var spool = new PlaintextSpool(folder, memory);
        if (MessageDecryptor.Decrypt(input, spool, new DecryptionOptions { Keys = [alice], Signers = [alice.Certificate], Now = Now })
            is not MessageReading.Opened { Signatures: [{ Status: SignatureStatus.Good }] })
        {
            throw new InvalidOperationException("It does not open.");
        }

        using var opened = spool.OpenRead();
        opened.CopyTo(output);
    }
}
