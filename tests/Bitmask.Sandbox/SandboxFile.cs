using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Sandbox;

/// <summary>A program started for the sandbox: enough to find it again, to start it again, and to end it and nothing else.</summary>
internal record SandboxProcess
{
    public required string Name { get; init; }

    public int Pid { get; set; }

    /// <summary>Start time in clock ticks since boot (/proc/PID/stat, field 22): tells this process from a later one with its number.</summary>
    public long Started { get; set; }

    public required string Pidfile { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    public required IReadOnlyDictionary<string, string> Env { get; init; }

    public required string Log { get; init; }
}

internal sealed record SandboxEndPoint(string Host, int Port);

internal sealed record SandboxAccount(string Address, string Password, string Token);

internal sealed record SandboxDns : SandboxProcess
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>The zone file; the server reads it again when it changes.</summary>
    public required string Zone { get; init; }
}

internal sealed record SandboxProvider : SandboxProcess
{
    public required string Domain { get; init; }

    /// <summary>The loopback address all its ports are on.</summary>
    public required string Address { get; init; }

    public required string Web { get; init; }

    public required string Api { get; init; }

    public required string Soledad { get; init; }

    public required string Nicknym { get; init; }

    public required SandboxEndPoint Mx { get; init; }

    public required SandboxEndPoint Submission { get; init; }

    /// <summary>The provider's own CA certificate, PEM.</summary>
    public required string Ca { get; init; }

    public required string Data { get; init; }
}

internal sealed record SandboxDaemon : SandboxProcess
{
    public required string Home { get; init; }

    public required string Socket { get; init; }

    public required SandboxEndPoint Imap { get; init; }

    public required SandboxEndPoint Smtp { get; init; }

    public required SandboxEndPoint Http { get; init; }

    public string AuthToken { get; set; } = "";

    public IReadOnlyList<SandboxAccount> Accounts { get; set; } = [];
}

/// <summary>DIR/sandbox.json: the whole toy world, mode 0600 because it holds passwords and tokens.</summary>
internal sealed record SandboxFile
{
    public const string Name = "sandbox.json";

    public required SandboxDns Dns { get; init; }

    /// <summary>PEM of the sandbox's web root, which signs the domains' web certificates.</summary>
    public required string WebRoot { get; init; }

    public List<SandboxProvider> Providers { get; init; } = [];

    public List<SandboxDaemon> Daemons { get; init; } = [];

    [JsonIgnore]
    public IEnumerable<SandboxProcess> Processes => [.. Daemons, .. Providers, Dns];

    public static SandboxFile Read(string folder)
        => JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, Name)), SandboxJson.Default.SandboxFile)
            ?? throw new InvalidDataException($"{folder}/{Name} is empty.");

    public void Write(string folder)
    {
        var path = Path.Combine(folder, Name);
        var part = path + ".part";
        using (var stream = new FileStream(part, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(stream, this, SandboxJson.Default.SandboxFile);
        }

        File.Move(part, path, overwrite: true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SandboxFile))]
internal sealed partial class SandboxJson : JsonSerializerContext;
