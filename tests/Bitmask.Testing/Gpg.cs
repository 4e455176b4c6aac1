using System.Diagnostics;
using System.Text;

namespace Bitmask.Testing;

/// <summary>What one run of gpg answered.</summary>
public sealed record GpgAnswer(int ExitCode, byte[] Output, string Status, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public GpgAnswer Succeeded() => ExitCode == 0 ? this : throw new InvalidOperationException($"gpg ended with {ExitCode}: {Errors}");
}

/// <summary>The <c>gpg</c> program with a home of its own that is gone after the test, its agent too.</summary>
/// <param name="time">What time it takes it to be; null = the machine's.</param>
public sealed class Gpg(DateTimeOffset? time = null) : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("bitmask-").FullName;

    public static bool IsThere { get; } = Environment.GetEnvironmentVariable("PATH")?.Split(':').Any(folder => File.Exists(Path.Combine(folder, "gpg"))) == true;

    /// <summary>Where the input of a run lies when a command wants a file.</summary>
    public string WriteFile(string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string ReadFile(params string[] path) => File.ReadAllText(Path.Combine([_home, .. path]));

    /// <summary>Makes a key without passphrase and returns its fingerprint.</summary>
    public string MakeKey(string userId, string algorithm, string usage = "default", string expiry = "2y", params string[] options)
    {
        var made = Run([.. options, "--passphrase", "", "--quick-gen-key", userId, algorithm, usage, expiry], []).Succeeded();
        return made.Status.Split('\n').Single(line => line.Contains("KEY_CREATED")).Split(' ')[3];
    }

    public byte[] Export(string key) => Run(["--export", key], []).Succeeded().Output;

    public byte[] ExportSecret(string key) => Run(["--export-secret-keys", key], []).Succeeded().Output;

    public void Import(ReadOnlySpan<byte> key) => Run(["--import"], key.ToArray()).Succeeded();

    public GpgAnswer Run(string[] arguments, byte[] input)
    {
        var status = Path.Combine(_home, "status-" + Guid.NewGuid().ToString("n"));
        var start = new ProcessStartInfo("gpg")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["GNUPGHOME"] = _home, ["LC_ALL"] = "C" },
        };
        // Nothing here may ask the network for keys.
        string[] common = ["--batch", "--yes", "--no-tty", "--no-auto-key-locate", "--disable-dirmngr", "--trust-model", "always", "--pinentry-mode", "loopback", "--status-file", status];
        // The exclamation mark makes the clock stand still: a slow machine must not let a key be made after its first use.
        string[] faked = time is { } t ? ["--faked-system-time", t.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'!'", System.Globalization.CultureInfo.InvariantCulture)] : [];
        foreach (var argument in (string[])[.. common, .. arguments.Contains(faked.FirstOrDefault() ?? "") ? [] : faked, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its exit code says why.
        }

        reading.GetAwaiter().GetResult();
        process.WaitForExit();
        return new GpgAnswer(process.ExitCode, output.ToArray(), File.Exists(status) ? File.ReadAllText(status) : "", errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        using (var kill = Process.Start(new ProcessStartInfo("gpgconf", ["--kill", "all"]) { Environment = { ["GNUPGHOME"] = _home } })!)
        {
            kill.WaitForExit();
        }

        try
        {
            Directory.Delete(_home, recursive: true);
        }
        catch (IOException)
        {
            // The agent may take its sockets away at the same moment.
        }
    }
}
