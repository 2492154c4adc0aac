//! The page on which somebody who has just started the server talks to the bot.
