using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Bitmask.Testing.Dns;

namespace Bitmask.Sandbox;

/// <summary>Starts the toy world: name server, one provider per domain, the daemons, and the accounts on every daemon.</summary>
/// <param name="plan">What is asked for.</param>
/// <param name="clock">The clock.</param>
/// <param name="self">The sandbox program, which is also the name server; null: this process's own.</param>
internal sealed class SandboxUp(SandboxPlan plan, TimeProvider clock, string? self = null)
{
    /// <summary>The runtime's diagnostics door stays shut (security.md C6).</summary>
    private static readonly Dictionary<string, string> Closed = new() { ["DOTNET_EnableDiagnostics"] = "0" };

    private string NameServer => $"127.0.0.1:{plan.DnsPort}";

    public async Task<SandboxFile> RunAsync()
    {
        Directory.CreateDirectory(plan.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (File.Exists(Path.Combine(plan.Folder, SandboxFile.Name)))
        {
            throw new InvalidOperationException($"{plan.Folder} already holds a sandbox. End it with: make sandbox-down DIR={plan.Folder} (then delete the folder to begin anew).");
        }

        var root = WebRoot.Create(plan.Folder, clock.GetUtcNow());
        var file = new SandboxFile { Dns = Dns(), WebRoot = root.CertificatePath };
        try
        {
            Launcher.Start(file.Dns);
            foreach (var domain in plan.Domains)
            {
                file.Providers.Add(await ProviderAsync(domain, file.Providers.Count, root));
            }

            foreach (var provider in file.Providers)
            {
                await Reachable.WaitAsync(provider, provider.Address, clock, plan.WebPort, plan.ApiPort, plan.SoledadPort, plan.NicknymPort, plan.MxPort, plan.SubmissionPort);
            }

            var passwords = plan.Accounts.ToDictionary(address => address, _ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)));
            for (var index = 0; index < plan.Devices; index++)
            {
                var daemon = Daemon(index, root);
                file.Daemons.Add(daemon);
                Launcher.Start(daemon);
                await Reachable.WaitAsync(daemon, "127.0.0.1", clock, daemon.Imap.Port, daemon.Smtp.Port, daemon.Http.Port);
                await Reachable.WaitForSocketAsync(daemon, daemon.Socket, clock); // bitmaskctl would else start a daemon of its own
                daemon.Accounts = await AccountsAsync(daemon, passwords, first: index == 0);
                daemon.AuthToken = (await File.ReadAllTextAsync(Path.Combine(daemon.Home, "run", "authtoken"))).Trim();
            }
        }
        finally
        {
            // Also after a failure: whoever reads it can see what runs, and sandbox-down can end it.
            file.Write(plan.Folder);
        }

        return file;
    }

    private SandboxDns Dns()
    {
        var zone = new DnsZone();
        foreach (var (domain, index) in plan.Domains.Select((domain, index) => (domain, index)))
        {
            zone.AddProvider(domain, IPAddress.Parse(SandboxPlan.ProviderAddress(index)));
        }

        var zonePath = Path.Combine(plan.Folder, "zone.json");
        File.WriteAllText(zonePath, JsonSerializer.Serialize(zone, ZoneJson.Default.DnsZone));
        return new SandboxDns
        {
            Name = "dns",
            Host = "127.0.0.1",
            Port = plan.DnsPort,
            Zone = zonePath,
            Pidfile = In("dns.pid"),
            Log = In("dns.log"),
            Env = Closed,
            Command = [self ?? Environment.ProcessPath!, "dns", "--zone", zonePath, "--port", plan.DnsPort.ToString(CultureInfo.InvariantCulture)],
        };
    }

    private async Task<SandboxProvider> ProviderAsync(string domain, int index, WebRoot root)
    {
        var (certificate, key) = root.Issue(domain, clock.GetUtcNow());
        var address = SandboxPlan.ProviderAddress(index);
        var data = In(domain);
        string[] init =
        [
            "init", "--data", data, "--domain", domain, "--listen-address", address,
            "--web-port", Port(plan.WebPort), "--api-port", Port(plan.ApiPort), "--soledad-port", Port(plan.SoledadPort), "--nicknym-port", Port(plan.NicknymPort),
            "--mx-port", Port(plan.MxPort), "--submission-port", Port(plan.SubmissionPort), "--relay-port", Port(plan.MxPort), "--relay-retry-seconds", "2",
            "--web-certificate", certificate, "--web-certificate-key", key, "--name-server", NameServer, "--trusted-roots", root.CertificatePath,
            .. PortMap().SelectMany(pair => (string[])["--port-map", $"{pair.Key}={pair.Value}"]),
        ];
        await Programs.RunAsync(Programs.Provider, init, Closed);
        var provider = new SandboxProvider
        {
            Name = domain,
            Domain = domain,
            Address = address,
            Web = $"https://{domain}:{plan.WebPort}",
            Api = $"https://api.{domain}:{plan.ApiPort}",
            Soledad = $"https://soledad.{domain}:{plan.SoledadPort}",
            Nicknym = $"https://nicknym.{domain}:{plan.NicknymPort}",
            Mx = new SandboxEndPoint(address, plan.MxPort),
            Submission = new SandboxEndPoint(address, plan.SubmissionPort),
            Data = data,
            Ca = Path.Combine(data, "ca", "server-ca.crt"),
            Pidfile = In(domain + ".pid"),
            Log = In(domain + ".log"),
            Env = Closed,
            Command = [Programs.Provider, "serve", "--data", data],
        };
        Launcher.Start(provider);
        return provider;
    }

    private SandboxDaemon Daemon(int index, WebRoot root)
    {
        var home = In($"device{index + 1}");
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (imap, smtp, http) = plan.DaemonPorts(index);
        File.WriteAllText(Path.Combine(home, "bitmaskd.json"), JsonSerializer.Serialize(
            new DaemonSettingsFile(imap, smtp, http, NameServer, [root.CertificatePath], PortMap()), ZoneJson.Default.DaemonSettingsFile));
        return new SandboxDaemon
        {
            Name = $"device{index + 1}",
            Home = home,
            Socket = Path.Combine(home, "run", "ctl.sock"),
            Imap = new SandboxEndPoint("127.0.0.1", imap),
            Smtp = new SandboxEndPoint("127.0.0.1", smtp),
            Http = new SandboxEndPoint("127.0.0.1", http),
            Pidfile = In($"device{index + 1}.pid"),
            Log = In($"device{index + 1}.log"),
            Env = new Dictionary<string, string>(Closed) { ["BITMASK_HOME"] = home },
            Command = [Programs.Daemon],
        };
    }

    private async Task<IReadOnlyList<SandboxAccount>> AccountsAsync(SandboxDaemon daemon, Dictionary<string, string> passwords, bool first)
    {
        var accounts = new List<SandboxAccount>();
        foreach (var (address, password) in passwords)
        {
            await Programs.RunAsync(Programs.Cli, ["user", first ? "create" : "auth", address, "--passphrase-stdin"], daemon.Env, password + "\n");
            using var token = JsonDocument.Parse(await Programs.RunAsync(Programs.Cli, ["--json", "mail", "get_token", address], daemon.Env));
            accounts.Add(new SandboxAccount(address, password, token.RootElement.GetProperty("token").GetString()!));
        }

        return accounts;
    }

    /// <summary>Well-known port → the port it has here; every program's one outgoing handler follows it.</summary>
    private Dictionary<string, int> PortMap() => new() { ["443"] = plan.WebPort, ["6425"] = plan.NicknymPort };

    private string In(string name) => Path.Combine(plan.Folder, name);

    private static string Port(int port) => port.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The settings the sandbox writes for a daemon; their meaning is in the daemon's own reference.</summary>
internal sealed record DaemonSettingsFile(int ImapPort, int SmtpPort, int HttpPort, string NameServer, IReadOnlyList<string> TrustedRoots, IReadOnlyDictionary<string, int> PortMap);
