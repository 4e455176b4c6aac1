namespace Bitmask.Protocol.Daemon;

/// <summary>
/// Where the daemon keeps things. BITMASK_HOME moves every path under one folder; without it they follow the XDG base directories:
/// settings under config, accounts under data, logs under state, the socket and tokens under runtime.
/// </summary>
public sealed record DaemonPaths
{
    /// <summary>The environment variable that moves every path under one folder.</summary>
    public const string HomeVariable = "BITMASK_HOME";

    /// <summary>Folder of the settings.</summary>
    public required string Config { get; init; }

    /// <summary>Folder of what must be kept.</summary>
    public required string Data { get; init; }

    /// <summary>Folder of the log.</summary>
    public required string State { get; init; }

    /// <summary>Folder of what lives as long as the daemon.</summary>
    public required string Runtime { get; init; }

    /// <summary>The settings.</summary>
    public string SettingsFile => Path.Combine(Config, "bitmaskd.json");

    /// <summary>The accounts, each in a folder of its own.</summary>
    public string Accounts => Path.Combine(Data, "accounts");

    /// <summary>Providers and their pinned certificates.</summary>
    public string Providers => Path.Combine(Data, "providers");

    /// <summary>Certificate and key of the doors for mail programs, when they speak TLS.</summary>
    public string Tls => Path.Combine(Data, "tls");

    /// <summary>The control socket.</summary>
    public string Socket => Path.Combine(Runtime, "ctl.sock");

    /// <summary>The daemon's process number.</summary>
    public string PidFile => Path.Combine(Runtime, "bitmaskd.pid");

    /// <summary>The token of the HTTP door.</summary>
    public string AuthToken => Path.Combine(Runtime, "authtoken");

    /// <summary>Mail tokens for programs that read them from a file, one ADDRESS.json each.</summary>
    public string TokenFiles => Path.Combine(Runtime, "tokens");

    /// <summary>The log of a daemon that was started in the background.</summary>
    public string Log => Path.Combine(State, "bitmaskd.log");

    /// <summary>Follows the environment.</summary>
    /// <param name="environment">Answers a variable's value or null.</param>
    /// <exception cref="InvalidOperationException">There is neither BITMASK_HOME nor HOME.</exception>
    public static DaemonPaths FromEnvironment(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (environment(HomeVariable) is { Length: > 0 } home)
        {
            home = Path.GetFullPath(home);
            return new DaemonPaths { Config = home, Data = home, State = Path.Combine(home, "log"), Runtime = Path.Combine(home, "run") };
        }

        var user = environment("HOME") is { Length: > 0 } named ? named : throw new InvalidOperationException("Neither BITMASK_HOME nor HOME is set.");
        string Base(string variable, string fallback)
            => Path.Combine(environment(variable) is { Length: > 0 } value && Path.IsPathRooted(value) ? value : Path.Combine(user, fallback), "bitmask");

        var data = Base("XDG_DATA_HOME", ".local/share");
        return new DaemonPaths
        {
            Config = Base("XDG_CONFIG_HOME", ".config"),
            Data = data,
            State = Base("XDG_STATE_HOME", ".local/state"),
            Runtime = environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Path.IsPathRooted(runtime) ? Path.Combine(runtime, "bitmask") : Path.Combine(data, "run"),
        };
    }
}
