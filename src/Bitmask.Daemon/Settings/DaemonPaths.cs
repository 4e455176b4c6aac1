namespace Bitmask.Daemon.Settings;

/// <summary>
/// Where the daemon keeps things. BITMASK_HOME moves every path under one folder; without it they follow the XDG base directories:
/// settings under config, accounts under data, logs under state, the socket and tokens under runtime.
/// </summary>
internal sealed record DaemonPaths
{
    public required string Config { get; init; }

    public required string Data { get; init; }

    public required string State { get; init; }

    public required string Runtime { get; init; }

    public string SettingsFile => Path.Combine(Config, "bitmaskd.json");

    public string Accounts => Path.Combine(Data, "accounts");

    public string Providers => Path.Combine(Data, "providers");

    public string Socket => Path.Combine(Runtime, "ctl.sock");

    public string PidFile => Path.Combine(Runtime, "bitmaskd.pid");

    public string AuthToken => Path.Combine(Runtime, "authtoken");

    /// <summary>Mail tokens for programs that read them from a file, one ADDRESS.json each.</summary>
    public string TokenFiles => Path.Combine(Runtime, "tokens");

    public string Log => Path.Combine(State, "bitmaskd.log");

    public static DaemonPaths FromEnvironment(Func<string, string?> environment)
    {
        if (environment("BITMASK_HOME") is { Length: > 0 } home)
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
            Runtime = environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? Path.Combine(runtime, "bitmask") : Path.Combine(data, "run"),
        };
    }
}
