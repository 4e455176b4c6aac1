namespace Bitmask.Provider.WebApi;

/// <summary>The spellings of LEAP's API paths: version 2 means the same as 1, and a final <c>.json</c> may stand or not.</summary>
internal static class ApiPaths
{
    public static Task NormalizeAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path.StartsWith("/1/", StringComparison.Ordinal) || path.StartsWith("/2/", StringComparison.Ordinal))
        {
            path = "/1/" + path[3..];
            context.Request.Path = path.EndsWith(".json", StringComparison.Ordinal) ? path[..^5] : path;
        }

        return next(context);
    }

    public static bool IsSoledad(PathString path)
        => path.Value is { } text && (text.StartsWith("/user-", StringComparison.Ordinal) || text.StartsWith("/shared", StringComparison.Ordinal) || text.StartsWith("/incoming/", StringComparison.Ordinal)
            || text.StartsWith("/blobs/", StringComparison.Ordinal) || text.StartsWith("/stream/", StringComparison.Ordinal));
}
