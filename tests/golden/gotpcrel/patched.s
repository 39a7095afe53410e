	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movq	w@GOTPCREL(%rip), %rax
	movl	(%rax), %eax
	movq	v@GOTPCREL(%rip), %rdx
	addl	(%rdx), %eax
	movq	fp@GOTPCREL(%rip), %rdx
	movq	g@GOTPCREL(%rip), %rcx
	cmpq	%rcx, (%rdx)
	sete	%dl
	movzbl	%dl, %edx
	addl	%edx, %eax
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits
