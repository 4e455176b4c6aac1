using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.World;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.Setup;

public sealed class InitTests : IDisposable
{
    private const UnixFileMode OthersAndGroup =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private ProviderSettings Settings => new() { DataFolder = Path.Combine(_folder.FullName, "data"), Domain = "red.test", ListenAddress = "127.0.0.1", WebPort = 0, ApiPort = 0, SoledadPort = 0, NicknymPort = 0, MxPort = 0, SubmissionPort = 0 };

    [Fact]
    public void Init_TwiceWithTheSameOptions_ChangesNothing()
    {
        Assert.NotEmpty(ProviderInit.Run(Settings, _clock));
        var before = Contents();

        Assert.Empty(ProviderInit.Run(Settings, _clock));

        Assert.Equal(before, Contents());
        Assert.All(Directory.EnumerateFileSystemEntries(_folder.FullName, "*", SearchOption.AllDirectories), path => Assert.Equal(0, (int)(File.GetUnixFileMode(path) & OthersAndGroup)));
    }

    [Fact]
    public void Init_WithOtherOptions_RefusesAndNamesThem()
    {
        ProviderInit.Run(Settings, _clock);
        var before = Contents();

        var refusal = Assert.Throws<ProviderException>(() => ProviderInit.Run(Settings with { Domain = "blue.test", MxPort = 2525 }, _clock));

        Assert.Contains("domain, mx_port", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void Init_InAFolderWithSomethingElse_Refuses()
    {
        Directory.CreateDirectory(Settings.DataFolder);
        File.WriteAllText(Path.Combine(Settings.DataFolder, "thesis.txt"), "x");
        Assert.Contains("not empty", Assert.Throws<ProviderException>(() => ProviderInit.Run(Settings, _clock)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Init_AfterAnInterruption_GoesOn()
    {
        ProviderInit.Run(Settings, _clock);
        File.Delete(Path.Combine(Settings.DataFolder, SettingsFile.Name));
        var authority = File.ReadAllText(new DataFolder(Settings.DataFolder).ServerCaCertificate);

        Assert.Single(ProviderInit.Run(Settings, _clock));

        Assert.Equal(authority, File.ReadAllText(new DataFolder(Settings.DataFolder).ServerCaCertificate));
    }

    [Fact]
    public void Faults_AreToldAllAtOnce()
    {
        var faults = (Settings with
        {
            Domain = "Nowhere",
            ListenAddress = "here",
            MxPort = 99999,
            RelayPort = 0,
            WebCertificate = "/x",
            EnrollmentPolicy = "maybe",
            QueueKeys = Path.Combine(Settings.DataFolder, "keys"),
            NameServer = "dns",
            LogLevel = "Loud",
        }).Faults();

        Assert.Equal(
            ["domain", "enrollment_policy", "listen_address", "log_level", "mx_port", "name_server", "queue_keys", "relay_port", "web_certificate"],
            faults.Select(fault => fault.Split(' ', ':', ',')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void SettingsFile_ExplainsEveryOptionAndReadsBack()
    {
        var settings = Settings with { NameServer = "127.0.0.1:53", TrustedRoots = ["/roots.pem"], PortMap = new Dictionary<string, int> { ["443"] = 8443 }, LogLevel = "Debug" };
        var options = JsonSerializer.SerializeToNode(settings, SettingsJson.Default.ProviderSettings)!.AsObject().Select(member => member.Key);
        Assert.Equal(options.Order(StringComparer.Ordinal), SettingsFile.Reference.Select(entry => entry.Option).Order(StringComparer.Ordinal));

        var read = JsonSerializer.Deserialize(SettingsFile.Render(settings), SettingsJson.Default.ProviderSettings)!;
        Assert.Empty(SettingsFile.Differences(settings, read));
    }

    [Fact]
    public void SettingsFile_WithAMisspeltOption_IsRefused()
    {
        ProviderInit.Run(Settings, _clock);
        var path = Path.Combine(Settings.DataFolder, SettingsFile.Name);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"relay_port\"", "\"relayport\"", StringComparison.Ordinal));
        Assert.Contains("relayport", Assert.Throws<ProviderException>(() => SettingsFile.Read(Settings.DataFolder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OnABusyPort_SaysWhich()
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var port = ((IPEndPoint)busy.LocalEndpoint).Port;
        ProviderInit.Run(Settings with { MxPort = port }, _clock);

        var refusal = await Assert.ThrowsAsync<ProviderException>(() => ProviderHost.StartAsync(Settings with { MxPort = port }));

        Assert.Contains($":{port}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("choose another port", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OfADamagedDatabase_SaysWhatToDo()
    {
        ProviderInit.Run(Settings, _clock);
        await File.WriteAllBytesAsync(new DataFolder(Settings.DataFolder).Database, new byte[8192]);

        var refusal = await Assert.ThrowsAsync<ProviderException>(() => ProviderHost.StartAsync(Settings));

        Assert.Contains("restore the data folder from a backup", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_Twice_RefusesTheSecond()
    {
        await using var provider = await TestProvider.StartAsync();
        var refusal = await Assert.ThrowsAsync<ProviderException>(() => ProviderHost.StartAsync(provider.Settings with { MxPort = 0, SubmissionPort = 0 }));
        Assert.Contains("in use", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_WithoutKeys_SaysWhichFile()
    {
        ProviderInit.Run(Settings, _clock);
        File.Delete(new DataFolder(Settings.DataFolder).ClientCaKey);
        Assert.Contains("client-ca", (await Assert.ThrowsAsync<ProviderException>(() => ProviderHost.StartAsync(Settings))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ServerCertificate_ThatEndsSoon_IsRenewed()
    {
        ProviderInit.Run(Settings, _clock);
        using var first = ProviderInit.LoadServerCertificate(Settings, _clock);
        _clock.Advance(TimeSpan.FromDays(340));
        using var second = ProviderInit.LoadServerCertificate(Settings, _clock);

        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.True(second.NotAfter > first.NotAfter.AddDays(300));
        Assert.All(Settings.HostNames, name => Assert.True(second.MatchesHostname(name)));
    }

    [Fact]
    public void ServerCertificate_WhoseRenewalWasCutShort_IsMadeAnew()
    {
        ProviderInit.Run(Settings, _clock);
        using var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);

        // The key was written, then the power went.
        File.WriteAllText(new DataFolder(Settings.DataFolder).ServerKey, other.ExportPkcs8PrivateKeyPem());

        using var certificate = ProviderInit.LoadServerCertificate(Settings, _clock);
        Assert.True(certificate.HasPrivateKey);
        Assert.True(certificate.MatchesHostname("api.red.test"));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private List<string> Contents()
        => [.. Directory.EnumerateFiles(_folder.FullName, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => path + Convert.ToHexString(File.ReadAllBytes(path)))];
}
