@echo off
rem Runs Maven: the one on the PATH, else a pinned one, downloaded once and checked by SHA-512.
setlocal
set "VERSION=3.9.11"
set "SHA512=bcfe4fe305c962ace56ac7b5fc7a08b87d5abd8b7e89027ab251069faebee516b0ded8961445d6d91ec1985dfe30f8153268843c89aa392733d1a3ec956c9978"
set "WRAPPER=%USERPROFILE%\.m2\wrapper"
set "HOME_DIR=%WRAPPER%\apache-maven-%VERSION%"
cd /d "%~dp0"
where mvn >nul 2>nul
if not errorlevel 1 (
  call mvn %*
  exit /b %ERRORLEVEL%
)
if not exist "%HOME_DIR%\bin\mvn.cmd" (
  echo mvnw: downloading Maven %VERSION% 1>&2
  powershell -NoProfile -ExecutionPolicy Bypass -Command ^
    "$ErrorActionPreference='Stop'; [Net.ServicePointManager]::SecurityProtocol='Tls12';" ^
    "New-Item -ItemType Directory -Force '%WRAPPER%' | Out-Null; $zip='%WRAPPER%\maven.tar.gz';" ^
    "Invoke-WebRequest -UseBasicParsing 'https://archive.apache.org/dist/maven/maven-3/%VERSION%/binaries/apache-maven-%VERSION%-bin.tar.gz' -OutFile $zip;" ^
    "if ((Get-FileHash $zip -Algorithm SHA512).Hash -ne '%SHA512%') { throw 'the download has another SHA-512 than expected' };" ^
    "tar -xzf $zip -C '%WRAPPER%'; Remove-Item $zip"
  if errorlevel 1 exit /b 1
)
call "%HOME_DIR%\bin\mvn.cmd" %*
exit /b %ERRORLEVEL%
