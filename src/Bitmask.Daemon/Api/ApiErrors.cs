using Bitmask.Bonafide;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Protocol.Daemon;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Api;

/// <summary>Turns what went wrong into an answer that says what happened and what to do; details stay in the log.</summary>
internal static partial class ApiErrors
{
    private const string DamagedHint = "Restore the account's folder from a backup, or move it away and add the account again: the mail is at the provider, too.";

    public static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception failure) when (!context.Response.HasStarted && failure is not OperationCanceledException)
        {
            if (Translate(failure) is { } known)
            {
                context.Response.StatusCode = StatusCodes.Status409Conflict;
                await context.Response.WriteAsJsonAsync(known, DaemonApiJson.Default.DaemonError);
                return;
            }

            LogFailure(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ApiErrors)), failure);
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(new DaemonError("internal", "The daemon failed at this; it is noted in its log.", "Please report it."), DaemonApiJson.Default.DaemonError);
        }
    }

    /// <summary>The error to show, or null for what only the log should tell.</summary>
    public static DaemonError? Translate(Exception failure) => failure switch
    {
        DaemonException own => new DaemonError(own.Code, own.Message, own.Hint),
        BonafideException provider => new DaemonError(provider.Code, provider.Message, provider.Hint),
        WrongPassphraseException => new DaemonError("wrong-passphrase", "The passphrase is wrong.", "Nothing was changed; try again."),
        KeyActException key => new DaemonError(key.Code, key.Message, null),
        OwnKeyWithheldException withheld => new DaemonError("own-key-withheld", withheld.Message, null),
        KeyVersionException newer => new DaemonError("newer-key-document", newer.Message, null),
        SoledadException soledad => new DaemonError(soledad.Code, soledad.Message, null),
        MailException mail => new DaemonError("mail", mail.Message, null),
        DatabaseInUseException => new DaemonError("in-use", "The account's database is open in another program.", "End that program, then try again."),
        DatabaseFullException => new DaemonError("disk-full", "There is no room left on the disk.", "Make room, then try again; nothing that was accepted is lost."),
        // The key came out of device.keys with the right passphrase, so it is the file that is wrong.
        WrongDatabaseKeyException => new DaemonError("damaged", "The account's database can not be read: it is damaged or was replaced. It was left as it is.", DamagedHint),
        DatabaseDamagedException damaged => new DaemonError("damaged", damaged.Message, DamagedHint),
        DatabaseException database => new DaemonError("database", database.Message, null),
        BadHttpRequestException => new DaemonError("bad-request", "The request could not be understood.", null),
        UnauthorizedAccessException or (IOException and not HttpIOException) => new DaemonError("files", $"A file could not be read or written: {failure.Message}", "Look at the disk and at the owner of the daemon's folder."),
        _ => null,
    };

    [LoggerMessage(5101, LogLevel.Error, "A request failed")]
    private static partial void LogFailure(ILogger logger, Exception failure);
}
